/* The entries of a tar archive. */
#include "fetch/tarread.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/parse.h"
#include "fetch/tarhead.h"
#include "fetch/tarsparse.h"

#define XATTR_KEY "SCHILY.xattr."
#define SPARSE_KEY "GNU.sparse."

struct hd_tar_reader
{
  hd_source *source;
  hd_tar_entry entry;
  uint64_t data_left; /* of the entry, in the archive */
  uint64_t padding;
  bool ended;

  char *long_name, *long_link; /* GNU's, for the next entry */
  char *pax;                   /* the next entry's records */
  size_t pax_size;
  char *name; /* room for what the header says */
  hd_tar_xattr xattrs[HD_TAR_MAX_XATTRS];
  hd_tar_sparse sparse;
};

static void *
check_memory (void *pointer)
{
  if (pointer == NULL)
    abort ();
  return pointer;
}

static int
fail (hd_err *err, const char *what)
{
  hd_err_set (err, HD_CORRUPT, NULL, "reading a tar archive: %s", what);
  return -EINVAL;
}

hd_tar_reader *
hd_tar_reader_new (hd_source *source)
{
  hd_tar_reader *reader = check_memory (calloc (1, sizeof *reader));
  reader->source = source;
  return reader;
}

static void
forget_entry (hd_tar_reader *reader)
{
  char **const owned[] = { &reader->long_name, &reader->long_link, &reader->pax, &reader->name };
  for (size_t i = 0; i < sizeof owned / sizeof owned[0]; i++)
    {
      free (*owned[i]);
      *owned[i] = NULL;
    }
  reader->pax_size = 0;
  hd_tar_sparse_clear (&reader->sparse);
  memset (&reader->entry, 0, sizeof reader->entry);
}

void
hd_tar_reader_free (hd_tar_reader *reader)
{
  if (reader == NULL)
    return;
  forget_entry (reader);
  free (reader);
}

/* ---- What stands before an entry ---- */

static uint64_t
padding_of (uint64_t size)
{
  return (HD_TAR_BLOCK - size % HD_TAR_BLOCK) % HD_TAR_BLOCK;
}

/* The content of a header of headers, with a NUL behind it. */
static int
read_meta (hd_tar_reader *reader, uint64_t size, char **ret, hd_err *err)
{
  if (size > HD_TAR_MAX_META)
    return fail (err, "a header is too large");
  char *text = check_memory (malloc ((size_t)size + 1));
  int r = hd_source_read (reader->source, text, (size_t)size, err);
  if (r == 0)
    r = hd_source_pass (reader->source, padding_of (size), err);
  if (r < 0)
    {
      free (text);
      return r;
    }
  text[size] = '\0';
  free (*ret);
  *ret = text;
  return 0;
}

/* ---- Pax records ---- */

static int
pax_number (const char *value, uint64_t *ret, hd_err *err)
{
  return hd_parse_uint64 (value, ret) == 0 ? 0 : fail (err, "a pax record has no number");
}

/* Seconds with a fraction: "-12.25" is 12.25 seconds before 1970. */
static int
pax_time (char *value, hd_tar_entry *entry, hd_err *err)
{
  char *point = strchr (value, '.');
  uint32_t ns = 0, unit = 100000000;
  if (point != NULL)
    {
      *point = '\0';
      for (const char *digit = point + 1; *digit != '\0'; digit++, unit /= 10)
        {
          if (*digit < '0' || *digit > '9')
            return fail (err, "a pax record has no time");
          ns += unit * (uint32_t)(*digit - '0');
        }
    }
  if (hd_parse_int64 (value, &entry->mtime) < 0 || entry->mtime == INT64_MIN)
    return fail (err, "a pax record has no time");
  if (value[0] == '-' && ns > 0)
    {
      entry->mtime--;
      ns = 1000000000 - ns;
    }
  entry->mtime_ns = ns;
  return 0;
}

static int
pax_id (const char *value, uint32_t *ret, hd_err *err)
{
  uint64_t number;
  if (pax_number (value, &number, err) < 0)
    return -EINVAL;
  if (number >= UINT32_MAX)
    return fail (err, "a user or group id is too large");
  *ret = (uint32_t)number;
  return 0;
}

static int
add_xattr (hd_tar_reader *reader, const char *name, const char *value, size_t size, hd_err *err)
{
  hd_tar_entry *entry = &reader->entry;
  if (entry->n_xattrs == HD_TAR_MAX_XATTRS)
    return fail (err, "too many extended attributes");
  reader->xattrs[entry->n_xattrs++] = (hd_tar_xattr){ name, value, size };
  entry->xattrs = reader->xattrs;
  return 0;
}

static int
apply_record (hd_tar_reader *reader, const char *key, char *value, size_t size, hd_err *err)
{
  hd_tar_entry *entry = &reader->entry;
  if (strncmp (key, XATTR_KEY, strlen (XATTR_KEY)) == 0)
    return add_xattr (reader, key + strlen (XATTR_KEY), value, size, err);
  if (strncmp (key, SPARSE_KEY, strlen (SPARSE_KEY)) == 0)
    {
      if (strcmp (key, SPARSE_KEY "name") == 0)
        entry->path = value;
      return hd_tar_sparse_record (&reader->sparse, key + strlen (SPARSE_KEY), value, err);
    }
  if (strlen (value) != size)
    return fail (err, "a pax record has a NUL");
  if (strcmp (key, "path") == 0 && reader->sparse.form == HD_TAR_SPARSE_NONE)
    entry->path = value;
  else if (strcmp (key, "linkpath") == 0)
    entry->link = value;
  else if (strcmp (key, "size") == 0)
    return pax_number (value, &entry->size, err);
  else if (strcmp (key, "uid") == 0)
    return pax_id (value, &entry->uid, err);
  else if (strcmp (key, "gid") == 0)
    return pax_id (value, &entry->gid, err);
  else if (strcmp (key, "mtime") == 0)
    return pax_time (value, entry, err);
  return 0;
}

/* "LENGTH KEY=VALUE\n", where LENGTH counts all of it. Takes one record off *text. */
static int
take_record (char **text, char *end, char **ret_key, char **ret_value, size_t *ret_size,
             hd_err *err)
{
  char *start = *text, *space = start;
  size_t length = 0;
  while (space < end && *space >= '0' && *space <= '9' && length <= HD_TAR_MAX_META)
    length = length * 10 + (size_t)(*space++ - '0');
  size_t head = (size_t)(space - start);
  if (space == end || *space != ' ' || head == 0 || length > (size_t)(end - start)
      || length < head + 3 || start[length - 1] != '\n')
    return fail (err, "a pax record is malformed");
  char *key = space + 1;
  char *equals = memchr (key, '=', (size_t)(start + length - 1 - key));
  if (equals == NULL || equals == key)
    return fail (err, "a pax record has no key");
  *equals = '\0';
  start[length - 1] = '\0';
  *ret_key = key;
  *ret_value = equals + 1;
  *ret_size = (size_t)(start + length - 1 - (equals + 1));
  *text = start + length;
  return 0;
}

static int
apply_pax (hd_tar_reader *reader, hd_err *err)
{
  if (reader->pax == NULL)
    return 0;
  char *text = reader->pax;
  char *end = text + reader->pax_size;
  while (text < end)
    {
      char *key, *value;
      size_t size;
      int r = take_record (&text, end, &key, &value, &size, err);
      if (r == 0)
        r = apply_record (reader, key, value, size, err);
      if (r < 0)
        return r;
    }
  return 0;
}

/* ---- Entries ---- */

/* Fold the types that mean the same; -EINVAL for one that is not known. */
static int
set_type (hd_tar_reader *reader, const hd_tar_head *head, hd_err *err)
{
  hd_tar_entry *entry = &reader->entry;
  size_t length = strlen (entry->path);
  switch (head->type)
    {
    case '0':
    case '7':
    case 'S':
      entry->type = head->type == '0' && length > 0 && entry->path[length - 1] == '/'
                        ? HD_TAR_FOLDER
                        : HD_TAR_FILE;
      break;
    case '1' ... '6':
      entry->type = (hd_tar_type)head->type;
      break;
    default:
      return fail (err, "an entry has an unknown type");
    }
  /* As Go's archive/tar has it, by which everybody else counts. */
  if (entry->type != HD_TAR_FILE)
    entry->size = 0;
  entry->data_size = entry->size;
  return 0;
}

static int
set_sparse (hd_tar_reader *reader, const hd_tar_head *head, const uint8_t *block, hd_err *err)
{
  hd_tar_entry *entry = &reader->entry;
  uint64_t taken = 0;
  int r = 0;
  if (head->type == 'S')
    r = hd_tar_sparse_read_gnu (&reader->sparse, reader->source, block, err);
  else if (reader->sparse.form == HD_TAR_SPARSE_NONE || entry->type != HD_TAR_FILE)
    return 0;
  else if (reader->sparse.form == HD_TAR_SPARSE_IN_DATA)
    r = hd_tar_sparse_read_data (&reader->sparse, reader->source, entry->data_size, &taken, err);
  if (r == 0)
    r = hd_tar_sparse_check (&reader->sparse, entry->data_size - taken, err);
  if (r < 0)
    return r;
  entry->sparse = true;
  entry->size = reader->sparse.size;
  entry->data_size -= taken;
  entry->segments = reader->sparse.segments;
  entry->n_segments = reader->sparse.n_segments;
  return 0;
}

static int
set_entry (hd_tar_reader *reader, const hd_tar_head *head, const uint8_t *block, hd_err *err)
{
  hd_tar_entry *entry = &reader->entry;
  size_t name_size = strlen (head->name) + 1;
  reader->name = check_memory (malloc (name_size + strlen (head->link) + 1));
  entry->path = memcpy (reader->name, head->name, name_size);
  entry->link = strcpy (reader->name + name_size, head->link);
  if (reader->long_name != NULL)
    entry->path = reader->long_name;
  if (reader->long_link != NULL)
    entry->link = reader->long_link;
  entry->mode = head->mode;
  if (head->uid >= UINT32_MAX || head->gid >= UINT32_MAX)
    return fail (err, "a user or group id is too large");
  entry->uid = (uint32_t)head->uid;
  entry->gid = (uint32_t)head->gid;
  entry->mtime = head->mtime;
  entry->major = head->major;
  entry->minor = head->minor;
  entry->size = head->size;
  if (apply_pax (reader, err) < 0)
    return -EINVAL;
  if (strlen (entry->path) > HD_TAR_MAX_PATH || strlen (entry->link) > HD_TAR_MAX_PATH)
    return fail (err, "a path is too long");
  if (set_type (reader, head, err) < 0)
    return -EINVAL;
  reader->padding = padding_of (entry->data_size);
  if (set_sparse (reader, head, block, err) < 0)
    return -EINVAL;
  if (entry->size > INT64_MAX || entry->data_size > INT64_MAX)
    return fail (err, "a size is too large");
  reader->data_left = entry->data_size;
  return 0;
}

/* What stands before an entry: 1 when the block was such a header. */
static int
take_meta (hd_tar_reader *reader, const hd_tar_head *head, hd_err *err)
{
  char **target = NULL;
  char *ignored = NULL;
  switch (head->type)
    {
    case 'L':
      target = &reader->long_name;
      break;
    case 'K':
      target = &reader->long_link;
      break;
    case 'x':
    case 'X':
      target = &reader->pax;
      reader->pax_size = (size_t)head->size;
      break;
    case 'g':
    case 'V':
      target = &ignored;
      break;
    default:
      return 0;
    }
  int r = read_meta (reader, head->size, target, err);
  free (ignored);
  return r < 0 ? r : 1;
}

/* What is left of the last entry. Some writers (umoci insert) do not fill the last block. */
static int
pass_entry (hd_tar_reader *reader, hd_err *err)
{
  const uint8_t *some;
  size_t size = 1;
  int r = hd_source_pass (reader->source, reader->data_left, err);
  while (r == 0 && reader->padding > 0 && size > 0)
    {
      r = hd_source_peek (reader->source, &some, &size, err);
      if (r == 0 && size > reader->padding)
        size = (size_t)reader->padding;
      if (r == 0)
        hd_source_skip (reader->source, size);
      reader->padding -= r == 0 ? size : 0;
    }
  reader->data_left = reader->padding = 0;
  return r;
}

int
hd_tar_next (hd_tar_reader *reader, const hd_tar_entry **ret, hd_err *err)
{
  uint8_t block[HD_TAR_BLOCK];
  hd_tar_head head;
  int r = pass_entry (reader, err);
  if (r < 0 || reader->ended)
    return r;
  forget_entry (reader);
  do
    {
      const uint8_t *some;
      size_t size;
      r = hd_source_peek (reader->source, &some, &size, err);
      if (r < 0)
        return r;
      /* An archive may end without its two blocks of zeros, at the end of an entry. */
      bool at_end = size == 0;
      if (at_end && (reader->long_name != NULL || reader->long_link != NULL || reader->pax != NULL))
        return fail (err, "it ends before an entry");
      r = at_end ? 1 : hd_source_read (reader->source, block, sizeof block, err);
      if (r == 0)
        r = hd_tar_head_parse (block, &head, err);
      if (r < 0)
        return r;
      if (r == 1)
        {
          reader->ended = true;
          return 0;
        }
      r = take_meta (reader, &head, err);
    }
  while (r == 1);
  if (r == 0)
    r = set_entry (reader, &head, block, err);
  if (r < 0)
    return r;
  *ret = &reader->entry;
  return 1;
}

int
hd_tar_data (hd_tar_reader *reader, const uint8_t **ret_data, size_t *ret_size, hd_err *err)
{
  *ret_size = 0;
  if (reader->data_left == 0)
    return 0;
  int r = hd_source_peek (reader->source, ret_data, ret_size, err);
  if (r < 0)
    return r;
  if (*ret_size == 0)
    return fail (err, "it ends within a file");
  if (*ret_size > reader->data_left)
    *ret_size = (size_t)reader->data_left;
  return 0;
}

void
hd_tar_data_skip (hd_tar_reader *reader, size_t size_bytes)
{
  hd_source_skip (reader->source, size_bytes);
  reader->data_left -= size_bytes;
}
