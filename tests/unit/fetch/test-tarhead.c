/* fetch/tarhead: headers there and back, and numbers in both forms. */
#include "fetch/tarhead.h"

#include <string.h>

#include "check.h"

static void
test_round (void)
{
  uint8_t block[HD_TAR_BLOCK];
  hd_err err = { 0 };
  hd_tar_head head = { .type = '3',
                       .mode = 06755,
                       .uid = 2097151,
                       .gid = 7,
                       .size = 0,
                       .mtime = 1700000000,
                       .major = 8,
                       .minor = 300 };
  hd_tar_head back;
  strcpy (head.name, "a/name");
  strcpy (head.link, "target");
  CHECK (hd_tar_head_write (&head, block));
  CHECK (hd_tar_head_parse (block, &back, &err) == 0);
  CHECK (strcmp (back.name, "a/name") == 0 && strcmp (back.link, "target") == 0);
  CHECK (back.type == '3' && back.mode == 06755 && back.uid == 2097151 && back.gid == 7);
  CHECK (back.mtime == 1700000000 && back.major == 8 && back.minor == 300);
  /* A flipped bit anywhere is seen. */
  for (unsigned i = 0; i < HD_TAR_BLOCK; i += 37)
    {
      block[i] ^= 1;
      CHECK (hd_tar_head_parse (block, &back, &err) < 0 && err.code == HD_CORRUPT);
      block[i] ^= 1;
    }
  memset (block, 0, sizeof block);
  CHECK (hd_tar_head_parse (block, &back, &err) == 1);
}

static void
test_long_names (void)
{
  uint8_t block[HD_TAR_BLOCK];
  hd_tar_head head = { .type = '0' }, back;
  memset (head.name, 'p', 120);
  head.name[120] = '/';
  memset (head.name + 121, 'n', 100);
  CHECK (hd_tar_head_write (&head, block));
  CHECK (hd_tar_head_parse (block, &back, NULL) == 0 && strcmp (back.name, head.name) == 0);
  head.name[120] = 'x';
  CHECK (!hd_tar_head_write (&head, block));
}

static void
test_numbers (void)
{
  static const struct
  {
    const char *bytes;
    int r;
    int64_t number;
  } cases[] = {
    { "0000644\0", 0, 0644 },
    { "    755 ", 0, 0755 },
    { "\0\0\0\0\0\0\0\0", 0, 0 },
    { "77777777", 0, 07777777 * 8 + 7 },
    { "12x45670", -1, 0 },
    { "-1      ", -1, 0 },
    { "\x80\0\0\0\0\0\1\0", 0, 256 },
    { "\xff\xff\xff\xff\xff\xff\xff\xfe", 0, -2 },
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
    {
      int64_t number = 0;
      int r = hd_tar_number ((const uint8_t *)cases[i].bytes, 8, &number);
      CHECK ((r < 0) == (cases[i].r < 0) && number == cases[i].number);
    }
  int64_t large;
  CHECK (hd_tar_number ((const uint8_t *)"\x80\0\0\0\x80\0\0\0\0\0\0\0", 12, &large) < 0);
}

int
main (void)
{
  test_round ();
  test_long_names ();
  test_numbers ();
  return 0;
}
