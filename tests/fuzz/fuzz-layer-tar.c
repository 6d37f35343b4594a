/* Layer archives: entries keep to their limits, data are as many as announced, and paths are clean.
 */
#include <stdlib.h>
#include <string.h>
#include "fetch/place.h"
#include "fetch/tarread.h"
#include "fuzz.h"

static void
check_sparse (const hd_tar_entry *entry)
{
  uint64_t sum = 0, end = 0;
  for (size_t i = 0; i < entry->n_segments; i++)
    {
      FUZZ_ASSERT (entry->segments[i].offset >= end);
      end = entry->segments[i].offset + entry->segments[i].size;
      FUZZ_ASSERT (end >= entry->segments[i].offset && end <= entry->size);
      sum += entry->segments[i].size;
    }
  FUZZ_ASSERT (sum == entry->data_size);
}

static void
check_path (const char *path)
{
  hd_err err = { 0 };
  char *clean = hd_place_clean (path, &err);
  FUZZ_ASSERT ((clean == NULL) == (err.code != HD_OK));
  if (clean == NULL)
    return;
  FUZZ_ASSERT (*clean != '/' && strstr (clean, "//") == NULL && strcmp (clean, "..") != 0);
  FUZZ_ASSERT (strncmp (clean, "../", 3) != 0 && strstr (clean, "/../") == NULL);
  char *again = hd_place_clean (*clean == '\0' ? "." : clean, &err);
  FUZZ_ASSERT (again != NULL && strcmp (again, clean) == 0);
  free (again);
  free (clean);
}

static void
check_entry (const hd_tar_entry *entry)
{
  FUZZ_ASSERT (strlen (entry->path) <= HD_TAR_MAX_PATH && strlen (entry->link) <= HD_TAR_MAX_PATH);
  FUZZ_ASSERT (entry->type == HD_TAR_FILE || entry->data_size == 0);
  FUZZ_ASSERT (entry->mtime_ns < 1000000000 && (entry->mode & ~07777u) == 0);
  for (size_t i = 0; i < entry->n_xattrs; i++)
    FUZZ_ASSERT (strlen (entry->xattrs[i].name) > 0 || entry->xattrs[i].name[0] == '\0');
  if (entry->sparse)
    check_sparse (entry);
  check_path (entry->path);
}

/* Take half of the data, and leave the rest to the reader. */
static int
take_data (hd_tar_reader *reader, const hd_tar_entry *entry, hd_err *err)
{
  uint64_t taken = 0;
  while (taken < entry->data_size / 2)
    {
      const uint8_t *some;
      size_t size;
      int r = hd_tar_data (reader, &some, &size, err);
      if (r < 0)
        return r;
      FUZZ_ASSERT (size > 0 && size <= entry->data_size - taken);
      hd_tar_data_skip (reader, size);
      taken += size;
    }
  return 0;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  hd_source *source = hd_source_new_memory (data, size);
  hd_tar_reader *reader = hd_tar_reader_new (source);
  const hd_tar_entry *entry;
  hd_err err = { 0 };
  int r;

  while ((r = hd_tar_next (reader, &entry, &err)) == 1)
    {
      check_entry (entry);
      if (take_data (reader, entry, &err) < 0)
        break;
    }
  FUZZ_ASSERT (r >= 0 || err.code != HD_OK);
  hd_tar_reader_free (reader);
  hd_source_free (source);
  return 0;
}
