/* Writing the entries of a tar archive. */
#include "fetch/tarwrite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/tarhead.h"

#define NUMBER_TEXT 24

static const uint8_t zeros[HD_TAR_BLOCK];

void
hd_tar_writer_clear (hd_tar_writer *head)
{
  free (head->records);
  head->records = NULL;
  head->records_size = 0;
}

static size_t
digits_of (size_t number)
{
  size_t digits = 1;
  for (; number >= 10; number /= 10)
    digits++;
  return digits;
}

/* "LENGTH KEY=VALUE\n", whose LENGTH counts its own digits. */
static void
add_record (hd_tar_writer *head, const char *key, const void *value, size_t size)
{
  size_t rest = 1 + strlen (key) + 1 + size + 1;
  size_t length = rest + digits_of (rest);
  length = rest + digits_of (length);
  head->records = realloc (head->records, head->records_size + length + 1);
  if (head->records == NULL)
    abort ();
  char *out = head->records + head->records_size;
  int head_size = sprintf (out, "%zu %s=", length, key);
  memcpy (out + head_size, value, size);
  out[length - 1] = '\n';
  head->records_size += length;
}

static void
add_text (hd_tar_writer *head, const char *key, const char *text)
{
  add_record (head, key, text, strlen (text));
}

static void
add_number (hd_tar_writer *head, const char *key, long long number)
{
  char text[NUMBER_TEXT];
  snprintf (text, sizeof text, "%lld", number);
  add_text (head, key, text);
}

void
hd_tar_add_xattr (hd_tar_writer *head, const char *name, const void *value, size_t size)
{
  char key[300];
  snprintf (key, sizeof key, "SCHILY.xattr.%s", name);
  add_record (head, key, value, size);
}

/* Numbers that octal digits cannot hold: 21 bits, and 33 of the size and time. */
static void
add_large (hd_tar_writer *head)
{
  if (head->size >> 33 != 0)
    add_number (head, "size", (long long)head->size);
  if (head->uid >> 21 != 0)
    add_number (head, "uid", (long long)head->uid);
  if (head->gid >> 21 != 0)
    add_number (head, "gid", (long long)head->gid);
  if (head->mtime < 0 || (uint64_t)head->mtime >> 33 != 0)
    add_number (head, "mtime", head->mtime);
}

static void
copy_text (char *out, size_t room, const char *text)
{
  size_t length = strnlen (text, room - 1);
  memcpy (out, text, length);
  out[length] = '\0';
}

static int
write_block (const hd_tar_head *block, hd_sink *sink, hd_err *err)
{
  uint8_t bytes[HD_TAR_BLOCK];
  hd_tar_head_write (block, bytes);
  return hd_sink_write (sink, bytes, sizeof bytes, err);
}

static int
write_records (hd_tar_writer *head, hd_sink *sink, hd_err *err)
{
  hd_tar_head pax = { .type = 'x', .name = "PaxHeaders/entry", .mode = 0644 };
  pax.size = head->records_size;
  int r = write_block (&pax, sink, err);
  if (r == 0)
    r = hd_sink_write (sink, head->records, head->records_size, err);
  return r < 0 ? r : hd_tar_write_padding (head->records_size, sink, err);
}

int
hd_tar_write_head (hd_tar_writer *head, hd_sink *sink, hd_err *err)
{
  hd_tar_head block = { .type = head->type,
                        .mode = head->mode,
                        .uid = head->uid,
                        .gid = head->gid,
                        .size = head->size,
                        .mtime = head->mtime,
                        .major = head->major,
                        .minor = head->minor };
  uint8_t probe[HD_TAR_BLOCK];
  const char *link = head->link != NULL ? head->link : "";
  copy_text (block.name, sizeof block.name, head->path);
  copy_text (block.link, sizeof block.link, link);
  hd_tar_head only_name = { .type = '0' };
  copy_text (only_name.name, sizeof only_name.name, head->path);
  if (strlen (head->path) >= sizeof block.name || !hd_tar_head_write (&only_name, probe))
    add_text (head, "path", head->path);
  if (strlen (link) > 100)
    add_text (head, "linkpath", link);
  add_large (head);
  int r = head->records_size > 0 ? write_records (head, sink, err) : 0;
  return r < 0 ? r : write_block (&block, sink, err);
}

int
hd_tar_write_padding (uint64_t size, hd_sink *sink, hd_err *err)
{
  return hd_sink_write (sink, zeros, (HD_TAR_BLOCK - size % HD_TAR_BLOCK) % HD_TAR_BLOCK, err);
}

int
hd_tar_write_end (hd_sink *sink, hd_err *err)
{
  int r = hd_sink_write (sink, zeros, sizeof zeros, err);
  return r < 0 ? r : hd_sink_write (sink, zeros, sizeof zeros, err);
}
