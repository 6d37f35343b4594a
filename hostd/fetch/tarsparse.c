/* The map of a sparse file in a tar archive. */
#include "fetch/tarsparse.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/parse.h"
#include "fetch/tarhead.h"

/* Of GNU's own form (its tar.h, struct oldgnu_header and sparse_header). */
#define GNU_FIRST 386
#define GNU_IN_HEADER 4
#define GNU_IN_BLOCK 21
#define GNU_MORE_IN_HEADER 482
#define GNU_MORE_IN_BLOCK 504
#define GNU_REAL_SIZE 483
#define GNU_FIELD 12

static int
fail (hd_err *err, const char *what)
{
  hd_err_set (err, HD_CORRUPT, NULL, "reading a sparse file of a tar archive: %s", what);
  return -EINVAL;
}

void
hd_tar_sparse_clear (hd_tar_sparse *sparse)
{
  free (sparse->segments);
  memset (sparse, 0, sizeof *sparse);
}

static int
add_segment (hd_tar_sparse *sparse, uint64_t offset, uint64_t size, hd_err *err)
{
  if (sparse->n_segments == HD_TAR_MAX_SEGMENTS)
    return fail (err, "too many segments");
  if (sparse->n_segments == sparse->room)
    {
      sparse->room = sparse->room == 0 ? 16 : sparse->room * 2;
      sparse->segments = realloc (sparse->segments, sparse->room * sizeof *sparse->segments);
      if (sparse->segments == NULL)
        abort ();
    }
  sparse->segments[sparse->n_segments++] = (hd_tar_segment){ offset, size };
  return 0;
}

/* ---- Pax records ---- */

/* "OFFSET,SIZE,OFFSET,SIZE": form 0.1. */
static int
read_list (hd_tar_sparse *sparse, const char *text, hd_err *err)
{
  uint64_t pair[2];
  for (unsigned i = 0; *text != '\0'; i ^= 1)
    {
      char *end;
      if (*text < '0' || *text > '9')
        return fail (err, "its map has no number");
      errno = 0;
      pair[i] = strtoull (text, &end, 10);
      if (errno != 0 || (*end != ',' && *end != '\0') || (i == 0 && *end == '\0'))
        return fail (err, "its map is malformed");
      if (i == 1 && add_segment (sparse, pair[0], pair[1], err) < 0)
        return -EINVAL;
      text = *end == ',' ? end + 1 : end;
    }
  return 0;
}

static int
read_number (const char *text, uint64_t *ret, hd_err *err)
{
  return hd_parse_uint64 (text, ret) == 0 ? 0 : fail (err, "a record has no number");
}

int
hd_tar_sparse_record (hd_tar_sparse *sparse, const char *key, const char *value, hd_err *err)
{
  uint64_t number;
  if (strcmp (key, "major") == 0)
    {
      if (read_number (value, &number, err) < 0)
        return -EINVAL;
      sparse->form = number == 0 ? HD_TAR_SPARSE_IN_HEADERS : HD_TAR_SPARSE_IN_DATA;
      return number <= 1 ? 0 : fail (err, "its version is not known");
    }
  if (strcmp (key, "size") == 0 || strcmp (key, "realsize") == 0)
    {
      if (sparse->form == HD_TAR_SPARSE_NONE)
        sparse->form = HD_TAR_SPARSE_IN_HEADERS;
      return read_number (value, &sparse->size, err);
    }
  if (strcmp (key, "map") == 0)
    return read_list (sparse, value, err);
  if (strcmp (key, "offset") == 0)
    return read_number (value, &sparse->pending_offset, err);
  if (strcmp (key, "numbytes") == 0)
    return read_number (value, &number, err) < 0
               ? -EINVAL
               : add_segment (sparse, sparse->pending_offset, number, err);
  return 0;
}

/* ---- GNU's own headers ---- */

static int
gnu_number (const uint8_t *field, uint64_t *ret, hd_err *err)
{
  int64_t number;
  if (hd_tar_number (field, GNU_FIELD, &number) < 0 || number < 0)
    return fail (err, "its map has no number");
  *ret = (uint64_t)number;
  return 0;
}

static int
read_fields (hd_tar_sparse *sparse, const uint8_t *fields, unsigned count, hd_err *err)
{
  for (unsigned i = 0; i < count && fields[0] != 0; i++, fields += 2 * GNU_FIELD)
    {
      uint64_t offset, size;
      if (gnu_number (fields, &offset, err) < 0 || gnu_number (fields + GNU_FIELD, &size, err) < 0
          || add_segment (sparse, offset, size, err) < 0)
        return -EINVAL;
    }
  return 0;
}

int
hd_tar_sparse_read_gnu (hd_tar_sparse *sparse, hd_source *source, const uint8_t *block, hd_err *err)
{
  uint8_t more[HD_TAR_BLOCK];
  sparse->form = HD_TAR_SPARSE_IN_HEADERS;
  if (gnu_number (block + GNU_REAL_SIZE, &sparse->size, err) < 0
      || read_fields (sparse, block + GNU_FIRST, GNU_IN_HEADER, err) < 0)
    return -EINVAL;
  for (bool extended = block[GNU_MORE_IN_HEADER] != 0; extended;
       extended = more[GNU_MORE_IN_BLOCK] != 0)
    {
      int r = hd_source_read (source, more, sizeof more, err);
      if (r == 0)
        r = read_fields (sparse, more, GNU_IN_BLOCK, err);
      if (r < 0)
        return r;
      if (more[0] == 0)
        return fail (err, "its map has an empty block");
    }
  return 0;
}

/* ---- Before the data ---- */

typedef struct
{
  hd_source *source;
  uint8_t block[HD_TAR_BLOCK];
  size_t used;
  uint64_t taken, limit;
} map_reader;

/* A number and its line end. */
static int
map_number (map_reader *map, uint64_t *ret, hd_err *err)
{
  uint64_t number = 0;
  for (unsigned digits = 0;; digits++)
    {
      if (map->used == sizeof map->block)
        {
          if (map->limit - map->taken < sizeof map->block)
            return fail (err, "its map is longer than its data");
          int r = hd_source_read (map->source, map->block, sizeof map->block, err);
          if (r < 0)
            return r;
          map->taken += sizeof map->block;
          map->used = 0;
        }
      uint8_t c = map->block[map->used++];
      if (c == '\n' && digits > 0)
        break;
      if (c < '0' || c > '9' || digits >= 19)
        return fail (err, "its map has no number");
      number = number * 10 + (c - '0');
    }
  *ret = number;
  return 0;
}

int
hd_tar_sparse_read_data (hd_tar_sparse *sparse, hd_source *source, uint64_t limit,
                         uint64_t *ret_taken, hd_err *err)
{
  map_reader map = { .source = source, .used = HD_TAR_BLOCK, .limit = limit };
  uint64_t count, offset, size;
  int r = map_number (&map, &count, err);
  if (r == 0 && count > HD_TAR_MAX_SEGMENTS)
    return fail (err, "too many segments");
  for (uint64_t i = 0; r == 0 && i < count; i++)
    {
      r = map_number (&map, &offset, err);
      if (r == 0)
        r = map_number (&map, &size, err);
      if (r == 0)
        r = add_segment (sparse, offset, size, err);
    }
  *ret_taken = map.taken;
  return r;
}

int
hd_tar_sparse_check (const hd_tar_sparse *sparse, uint64_t data_size, hd_err *err)
{
  uint64_t end = 0, sum = 0;
  if (sparse->size > INT64_MAX)
    return fail (err, "it is too large");
  for (size_t i = 0; i < sparse->n_segments; i++)
    {
      const hd_tar_segment *segment = &sparse->segments[i];
      if (segment->offset < end || segment->offset > sparse->size
          || segment->size > sparse->size - segment->offset)
        return fail (err, "its segments overlap or leave the file");
      end = segment->offset + segment->size;
      sum += segment->size;
    }
  return sum == data_size ? 0 : fail (err, "its map does not fit its data");
}
