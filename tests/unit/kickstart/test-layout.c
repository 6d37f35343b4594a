/* Partitions on disks that are values: room, growth, order, and what may not be touched. */
#include "kickstart/layout.h"

#include <string.h>

#include "base/error.h"
#include "sample.h"

#define MIB G_GUINT64_CONSTANT (1048576)
#define LINUX_TYPE "0FC63DAF-8483-4772-8E79-3D69D8477DE4"
#define OTHER_TYPE "EBD0A0A2-B9E5-4433-87C0-68B6B72699C7"

/* "NAME SIZE", "NAME SIZE gpt NUMBER:START+SIZE:linux ...", "NAME SIZE mbr ...", "NAME SIZE junk",
 * in MiB; "-" is a disk that answers to every name. */
static HdKsDisk *
make_disk (const char *text)
{
  g_auto (GStrv) words = g_strsplit (text, " ", -1);
  HdKsDisk *disk = hd_ks_disk_new (strcmp (words[0], "-") == 0 ? NULL : words[0], "disk.raw",
                                   g_ascii_strtoull (words[1], NULL, 10) * MIB);
  const char *table = words[2] != NULL ? words[2] : "none";

  disk->table = strcmp (table, "gpt") == 0    ? HD_KS_TABLE_GPT
                : strcmp (table, "mbr") == 0  ? HD_KS_TABLE_OTHER
                : strcmp (table, "junk") == 0 ? HD_KS_TABLE_UNKNOWN
                                              : HD_KS_TABLE_NONE;
  for (char **word = words[2] != NULL ? words + 3 : words + 2; *word != NULL; word++)
    {
      unsigned number, start, size;
      char type[16];
      g_assert_cmpint (sscanf (*word, "%u:%u+%u:%15s", &number, &start, &size, type), ==, 4);
      hd_ks_disk_add (disk, number, start * MIB, size * MIB,
                      strcmp (type, "linux") == 0 ? LINUX_TYPE : OTHER_TYPE, NULL);
    }
  return disk;
}

static GPtrArray *
make_disks (const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "; ", -1);
  GPtrArray *disks = g_ptr_array_new_with_free_func ((GDestroyNotify)hd_ks_disk_free);

  for (char **line = lines; *line != NULL; line++)
    g_ptr_array_add (disks, make_disk (*line));
  return disks;
}

/* "new sda: 1 bios 1+1, 2 ..." of each disk that changes. */
static char *
describe (const GPtrArray *layouts)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < layouts->len; i++)
    {
      const HdKsDiskLayout *layout = g_ptr_array_index (layouts, i);
      if (!layout->new_table && layout->removed->len == 0 && layout->slots->len == 0)
        continue;
      g_string_append_printf (text, "%s%s%s:", text->len > 0 ? "; " : "",
                              layout->new_table ? "new " : "",
                              layout->disk->name != NULL ? layout->disk->name : "-");
      for (guint j = 0; j < layout->removed->len && !layout->new_table; j++)
        g_string_append_printf (text, " -%u", g_array_index (layout->removed, guint, j));
      for (guint j = 0; j < layout->slots->len; j++)
        {
          const HdKsSlot *slot = g_ptr_array_index (layout->slots, j);
          g_string_append_printf (text, " %u:%s:%" G_GUINT64_FORMAT "+%" G_GUINT64_FORMAT,
                                  slot->number, slot->name, slot->start_bytes / MIB,
                                  slot->size_bytes / MIB);
        }
    }
  return g_string_free (text, FALSE);
}

/* All lines have their boot partitions, so that only what is looked at is in the texts. */
#define BOOT "part biosboot --size=1\npart /boot/efi --fstype=efi --size=2\npart /boot --size=5\n"

static const struct
{
  const char *text;
  const char *disks;
  const char *layout;
} good[] = {
  /* The disk of a cloud image, as the image tool lays it out. */
  { "part / --grow\n", "- 8192", "new -: 1:bios:1+1 2:efi:2+64 3:boot:66+512 4:root:578+7613" },
  /* What boots comes first, whatever the order of the lines. */
  { "part swap --size=7\npart / --size=8\n" BOOT, "sda 100",
    "new sda: 1:bios:1+1 2:efi:2+2 3:boot:4+5 4:swap:9+7 5:root:16+8" },
  /* Growth by what was asked for at least, up to the largest size. */
  { BOOT "part / --size=10 --grow\npart /var --size=30 --grow\n", "sda 150",
    "new sda: 1:bios:1+1 2:efi:2+2 3:boot:4+5 4:root:9+35 5:var:44+105" },
  { BOOT "part / --size=10 --grow --maxsize=15\npart /var --size=30 --grow\npart /x --size=1\n",
    "sda 150", "new sda: 1:bios:1+1 2:efi:2+2 3:boot:4+5 4:root:9+15 5:var:24+124 6:x:148+1" },
  { BOOT "part / --size=10 --grow --maxsize=20\n", "sda 150",
    "new sda: 1:bios:1+1 2:efi:2+2 3:boot:4+5 4:root:9+20" },
  { BOOT "part / --size=10 --grow\npart /a --size=10 --grow\npart /b --size=10 --grow\n", "sda 40",
    "new sda: 1:bios:1+1 2:efi:2+2 3:boot:4+5 4:root:9+10 5:a:19+10 6:b:29+10" },
  /* Swap by memory, which is 4096 MiB here; a tenth of the disk at most. */
  { BOOT "part / --size=10\npart swap --recommended\n", "sda 50000",
    "new sda: 1:bios:1+1 2:efi:2+2 3:boot:4+5 4:root:9+10 5:swap:19+4096" },
  { BOOT "part / --size=10\npart swap --recommended\n", "sda 1000",
    "new sda: 1:bios:1+1 2:efi:2+2 3:boot:4+5 4:root:9+10 5:swap:19+100" },
  { BOOT "part / --size=10\npart swap --hibernation\n", "sda 50000",
    "new sda: 1:bios:1+1 2:efi:2+2 3:boot:4+5 4:root:9+10 5:swap:19+8192" },
  /* Several disks: by name, by room, and members of an array apart. */
  { BOOT "part / --size=10 --ondisk=/dev/sdb\n", "sda 100; sdb 100",
    "new sda: 1:bios:1+1 2:efi:2+2 3:boot:4+5; new sdb: 1:root:1+10" },
  { BOOT "part / --size=90\npart /x --size=5\n", "sda 60; sdb 100",
    "new sda: 1:bios:1+1 2:efi:2+2 3:boot:4+5 4:x:9+5; new sdb: 1:root:1+90" },
  { BOOT "part raid.1 --size=10\npart raid.2 --size=10\n", "sda 100; sdb 100",
    "new sda: 1:bios:1+1 2:efi:2+2 3:boot:4+5 4:raid.1:9+10; new sdb: 1:raid.2:1+10" },
  { "bootloader --boot-drive=sdb\n" BOOT "part / --size=10\n", "sda 100; sdb 100",
    "new sdb: 1:bios:1+1 2:efi:2+2 3:boot:4+5 4:root:9+10" },
  { "clearpart --all --initlabel\n" BOOT "part / --size=10\n", "sda 100; sdb 100",
    "new sda: 1:bios:1+1 2:efi:2+2 3:boot:4+5 4:root:9+10; new sdb:" },
  { "ignoredisk --only-use=sdb\n" BOOT "part / --size=10\n", "sda 100; sdb 100",
    "new sdb: 1:bios:1+1 2:efi:2+2 3:boot:4+5 4:root:9+10" },
  { "ignoredisk --drives=sd[a-c]\n" BOOT "part / --size=10\n", "sda 100; sdd 100",
    "new sdd: 1:bios:1+1 2:efi:2+2 3:boot:4+5 4:root:9+10" },
  /* What is on a disk stays unless it is given up. */
  { BOOT "part / --size=10 --grow\n", "sda 100 gpt 1:1+20:linux 3:50+10:other",
    "sda: 2:bios:21+1 4:efi:22+2 5:boot:24+5 6:root:29+21" },
  { "clearpart --linux\n" BOOT "part / --size=10 --grow\n",
    "sda 100 gpt 1:1+20:linux 3:50+10:other",
    "sda: -1 1:bios:1+1 2:efi:2+2 4:boot:4+5 5:root:9+41" },
  { "clearpart --list=sda3\n" BOOT "part / --size=60 --grow\n",
    "sda 100 gpt 1:1+20:linux 3:50+10:other",
    "sda: -3 2:bios:21+1 3:efi:22+2 4:boot:24+5 5:root:29+70" },
  { "clearpart --all\n" BOOT "part / --size=60\n", "sda 100 gpt 1:1+20:linux 3:50+10:other",
    "new sda: 1:bios:1+1 2:efi:2+2 3:boot:4+5 4:root:9+60" },
  { "clearpart --all --drives=sdb\n" BOOT "part / --size=60\n",
    "sda 100 gpt 1:1+90:linux; sdb 100 mbr 1:1+90:linux",
    "sda: 2:bios:91+1 3:efi:92+2 4:boot:94+5; new sdb: 1:root:1+60" },
  { "zerombr\n" BOOT "part / --size=60\n", "sda 100 junk",
    "new sda: 1:bios:1+1 2:efi:2+2 3:boot:4+5 4:root:9+60" },
  { "clearpart --all --initlabel\n" BOOT "part / --size=60\n", "sda 100 mbr",
    "new sda: 1:bios:1+1 2:efi:2+2 3:boot:4+5 4:root:9+60" },
  { "part / --onpart=sda1\npart /var --onpart=LABEL=x\n", "sda 100 gpt 1:1+20:linux", "" },
};

static GPtrArray *
lay_out (const HdKickstart *kickstart, const GPtrArray *volumes, const GPtrArray *disks,
         GError **error)
{
  static const HdKsLayoutOptions options = { .seed = "seed", .memory_mib = 4096 };

  return hd_ks_layout_new (kickstart, volumes, disks, &options, error);
}

static void
test_good (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr (HdKickstart) kickstart = sample_kickstart (good[i].text);
      g_autoptr (GPtrArray) volumes = hd_ks_storage_new (kickstart);
      g_autoptr (GPtrArray) disks = make_disks (good[i].disks);
      g_autoptr (GError) error = NULL;
      g_autoptr (GPtrArray) layouts = lay_out (kickstart, volumes, disks, &error);
      g_autofree char *text = NULL;
      g_assert_no_error (error);
      text = describe (layouts);
      g_assert_cmpstr (text, ==, good[i].layout);
    }
}

static const struct
{
  const char *text;
  const char *disks;
  hd_code code;
  const char *message;
} bad[] = {
  { BOOT "part / --size=100\n", "sda 100", HD_NO_SPACE, "-:4:1: no room of 100 MiB for root" },
  { BOOT "part / --size=10\npart /var --size=9223372036854775807\n", "sda 100", HD_NO_SPACE,
    "-:5:1: no room of 9223372036854775807 MiB for var" },
  { "part / --size=10\n", "sda 0", HD_NO_SPACE, "no room of 1 MiB for bios" },
  { BOOT "part / --size=60 --ondisk=sda\n", "sda 50; sdb 100", HD_NO_SPACE,
    "-:4:1: no room of 60 MiB for root on sda" },
  { BOOT "part / --size=10 --ondisk=sdz\n", "sda 100", HD_NOT_FOUND,
    "-:4:1: there is no disk sdz" },
  { "ignoredisk --only-use=sdb\npart / --size=10\n", "sda 100", HD_NOT_FOUND,
    "-: there is no disk to use" },
  { "ignoredisk --drives=sda\npart / --size=10\n", "sda 100", HD_NOT_FOUND,
    "-: there is no disk to use" },
  { BOOT "part / --size=10\n", "sda 100 junk", HD_CONFIG,
    "-:1:1: sda has something on it that is no partition table" },
  { "clearpart --none\n" BOOT "part / --size=10\n", "sda 100 junk", HD_CONFIG,
    "-:2:1: sda has something on it that is no partition table" },
  { "clearpart --all --drives=sdb\n" BOOT "part / --size=10\n", "sda 100 junk", HD_CONFIG,
    "-:2:1: sda has something on it that is no partition table" },
  { BOOT "part / --size=10\n", "sda 100 mbr 1:1+50:linux", HD_CONFIG,
    "-:1:1: sda has an old partition table, and a GPT is needed" },
  { BOOT "part / --size=10\n", "sda 100 gpt 1:1+97:linux", HD_NO_SPACE,
    "-:2:1: no room of 2 MiB for efi" },
  { "part / --onpart=sda2\n", "sda 100 gpt 1:1+20:linux", HD_NOT_FOUND,
    "-:1:1: there is no partition sda2" },
  { "clearpart --linux\npart / --onpart=sda1\n", "sda 100 gpt 1:1+20:linux", HD_NOT_FOUND,
    "-:2:1: clearpart removes the partition sda1" },
};

static void
test_bad (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (HdKickstart) kickstart = sample_kickstart (bad[i].text);
      g_autoptr (GPtrArray) volumes = hd_ks_storage_new (kickstart);
      g_autoptr (GPtrArray) disks = make_disks (bad[i].disks);
      g_autoptr (GError) error = NULL;
      g_autoptr (GPtrArray) layouts = lay_out (kickstart, volumes, disks, &error);
      g_assert_null (layouts);
      g_assert_cmpstr (error->message, ==, bad[i].message);
      g_assert_cmpint (hd_error_code (error), ==, bad[i].code);
      g_assert_nonnull (hd_error_hint (error));
    }
}

/* A GPT has so many entries. */
static void
test_many (void)
{
  for (guint more = 0; more < 2; more++)
    {
      g_autoptr (GString) text = g_string_new (BOOT);
      g_autoptr (GPtrArray) disks = make_disks ("sda 1000");
      g_autoptr (HdKickstart) kickstart = NULL;
      g_autoptr (GPtrArray) volumes = NULL;
      g_autoptr (GPtrArray) layouts = NULL;
      g_autoptr (GError) error = NULL;
      for (guint i = 3; i < 128 + more; i++)
        g_string_append_printf (text, "part /d%u --size=1\n", i);
      kickstart = sample_kickstart (text->str);
      volumes = hd_ks_storage_new (kickstart);
      layouts = lay_out (kickstart, volumes, disks, &error);
      g_assert_cmpint (layouts != NULL, ==, more == 0);
      if (more > 0)
        g_assert_cmpstr (error->message, ==, "-:129:1: sda has more than 128 partitions");
    }
}

/* Memory in MiB, hibernation, disks in MiB, swap in MiB. */
static void
test_swap (void)
{
  static const gint64 rows[][4] = {
    { 1024, 0, 100000, 2048 },  { 2048, 0, 100000, 4096 },   { 4096, 0, 100000, 4096 },
    { 16384, 0, 100000, 8192 }, { 131072, 0, 100000, 4096 }, { 4096, 0, 10000, 1000 },
    { 1024, 1, 100000, 3072 },  { 16384, 1, 100000, 24576 }, { 4096, 1, 10000, 8192 },
    { 131072, 1, 99999, 4096 }, { 1024, 0, 5, 1 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    g_assert_cmpint (hd_ks_swap_mib ((guint64)rows[i][0], rows[i][1] != 0, (guint64)rows[i][2]), ==,
                     rows[i][3]);
}

/* The same seed gives the same identifiers, and no two are the same. */
static void
test_identifiers (void)
{
  g_autoptr (HdKickstart) kickstart
      = sample_kickstart (BOOT "part swap --size=1\npart swap --size=1\npart / --size=5\n");
  g_autoptr (GPtrArray) volumes = hd_ks_storage_new (kickstart);
  g_autoptr (GPtrArray) disks = make_disks ("sda 100; sdb 100");
  g_autoptr (GPtrArray) first = lay_out (kickstart, volumes, disks, NULL);
  g_autoptr (GPtrArray) second = lay_out (kickstart, volumes, disks, NULL);
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < first->len; i++)
    {
      const HdKsDiskLayout *one = g_ptr_array_index (first, i);
      const HdKsDiskLayout *two = g_ptr_array_index (second, i);
      g_assert_cmpstr (one->id, ==, two->id);
      g_assert_true (g_hash_table_add (seen, one->id));
      for (guint j = 0; j < one->slots->len; j++)
        {
          const HdKsSlot *slot = g_ptr_array_index (one->slots, j);
          g_assert_cmpstr (slot->uuid, ==,
                           ((const HdKsSlot *)g_ptr_array_index (two->slots, j))->uuid);
          g_assert_true (g_hash_table_add (seen, slot->uuid));
        }
    }
  g_assert_cmpuint (g_hash_table_size (seen), ==, 8);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/kickstart/layout/good", test_good);
  g_test_add_func ("/kickstart/layout/bad", test_bad);
  g_test_add_func ("/kickstart/layout/many", test_many);
  g_test_add_func ("/kickstart/layout/swap", test_swap);
  g_test_add_func ("/kickstart/layout/identifiers", test_identifiers);
  return g_test_run ();
}
