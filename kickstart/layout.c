/* Requests to places: what goes, which room is left, who gets how much of it. */
#include "kickstart/layout-internal.h"

#include <string.h>

#include "base/error.h"
#include "kickstart/uuid.h"

#define MAX_PARTITIONS 128 /* in a GPT as every tool makes it */
#define MIB G_GUINT64_CONSTANT (1048576)
#define DEFAULT_MIB 500 /* of a partition that only says that it grows */

/* Free room of a disk, and what has been put there. */
typedef struct
{
  HdKsDiskLayout *layout;
  guint64 start_mib, size_mib, used_mib;
  GPtrArray *slots; /* of HdKsSlot, in order; they belong to the layout */
} Room;

typedef struct
{
  const HdKickstart *kickstart;
  const GPtrArray *disks;
  const HdKsLayoutOptions *options;
  GPtrArray *layouts;
  GPtrArray *rooms;
  guint64 disks_mib;
} Layout;

static void
slot_free (gpointer pointer)
{
  HdKsSlot *slot = pointer;

  g_free (slot->name);
  g_free (slot->uuid);
  g_free (slot);
}

static void
disk_layout_free (gpointer pointer)
{
  HdKsDiskLayout *layout = pointer;

  g_free (layout->id);
  g_array_unref (layout->removed);
  g_ptr_array_unref (layout->slots);
  g_free (layout);
}

static void
room_free (gpointer pointer)
{
  Room *room = pointer;

  g_ptr_array_unref (room->slots);
  g_free (room);
}

/* An error at a line, or at the file for what no line asks for. */
static gboolean G_GNUC_PRINTF (5, 6) throw_at (const HdKsEntry *entry, GError **error, hd_code code,
                                               const char *hint, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  if (entry == NULL)
    return hd_throw (error, code, hint, "%s", message);
  return hd_throw (error, code, hint, "%s:%u:%u: %s", entry->place.file, entry->place.line,
                   entry->place.column, message);
}

static const char *
disk_name (const HdKsDisk *disk)
{
  return disk->name != NULL ? disk->name : disk->path;
}

/* ---- Disks and their room ---- */

static void
add_disk (Layout *all, const HdKsDisk *disk)
{
  const HdKsEntry *clear = hd_kickstart_last (all->kickstart, "clearpart");
  const char *mode = hd_ks_layout_clear_mode (clear, disk);
  HdKsDiskLayout *layout = g_new0 (HdKsDiskLayout, 1);
  g_autofree char *name = all->layouts->len == 0
                              ? g_strdup ("disk")
                              : g_strdup_printf ("disk-%u", all->layouts->len + 1);

  layout->disk = disk;
  layout->removed = g_array_new (FALSE, FALSE, sizeof (guint));
  layout->slots = g_ptr_array_new_with_free_func (slot_free);
  hd_ks_layout_remove (layout, clear, mode);
  layout->new_table = hd_ks_layout_may_renew (all->kickstart, layout, clear, mode);
  layout->id = hd_ks_uuid (all->options->seed, name);
  g_ptr_array_add (all->layouts, layout);
  all->disks_mib += disk->size_bytes / MIB;
}

static void
add_room (Layout *all, HdKsDiskLayout *layout, guint64 start_mib, guint64 end_mib)
{
  Room *room;

  if (end_mib <= start_mib)
    return;
  room = g_new0 (Room, 1);
  room->layout = layout;
  room->start_mib = start_mib;
  room->size_mib = end_mib - start_mib;
  room->slots = g_ptr_array_new ();
  g_ptr_array_add (all->rooms, room);
}

static gboolean
is_removed (const HdKsDiskLayout *layout, guint number)
{
  for (guint i = 0; i < layout->removed->len; i++)
    if (g_array_index (layout->removed, guint, i) == number)
      return TRUE;
  return FALSE;
}

/* One MiB stays free at both ends for the two tables. */
static void
add_rooms (Layout *all, HdKsDiskLayout *layout)
{
  const HdKsDisk *disk = layout->disk;
  guint64 end_mib = disk->size_bytes / MIB > 0 ? disk->size_bytes / MIB - 1 : 0;
  guint64 start_mib = 1;

  if (!layout->new_table && disk->table != HD_KS_TABLE_GPT)
    return;
  for (guint i = 0; i < disk->partitions->len && !layout->new_table; i++)
    {
      const HdKsPartition *partition = g_ptr_array_index (disk->partitions, i);
      guint64 behind = partition->start_bytes + partition->size_bytes;
      if (is_removed (layout, partition->number))
        continue;
      add_room (all, layout, start_mib, partition->start_bytes / MIB);
      start_mib = MAX (start_mib, (behind + MIB - 1) / MIB);
    }
  add_room (all, layout, start_mib, end_mib);
}

/* ---- Requests ---- */

gint64
hd_ks_swap_mib (guint64 memory_mib, gboolean hibernation, guint64 disks_mib)
{
  guint64 size = memory_mib <= 2048    ? 2 * memory_mib
                 : memory_mib <= 8192  ? memory_mib
                 : memory_mib <= 65536 ? memory_mib / 2
                                       : 4096;

  if (hibernation && memory_mib <= 65536)
    size += memory_mib;
  if (!hibernation)
    size = MIN (size, disks_mib / 10);
  return (gint64)MAX (size, 1);
}

static guint64
base_mib (const Layout *all, const HdKsVolume *volume)
{
  if (volume->use == HD_KS_USE_SWAP && (volume->recommended || volume->hibernation))
    return (guint64)hd_ks_swap_mib (all->options->memory_mib, volume->hibernation, all->disks_mib);
  return volume->size_mib > 0 ? (guint64)volume->size_mib : DEFAULT_MIB;
}

/* Which disks a volume may stand on. */
static gboolean
may_use (const Room *room, const HdKsVolume *volume)
{
  const char *disk = volume->entry != NULL && hd_ks_is (volume->entry, "part")
                         ? hd_ks_text (volume->entry, "ondisk")
                         : NULL;

  return disk == NULL || hd_ks_disk_is (room->layout->disk, disk);
}

/* How many members of arrays a disk has already: those of one array belong on different disks. */
static guint
n_members (const HdKsDiskLayout *layout, const HdKsVolume *volume)
{
  guint n = 0;

  for (guint i = 0; i < layout->slots->len && volume->use == HD_KS_USE_RAID; i++)
    n += ((const HdKsSlot *)g_ptr_array_index (layout->slots, i))->volume->use == HD_KS_USE_RAID;
  return n;
}

static Room *
find_room (const Layout *all, const HdKsVolume *volume, guint64 size_mib)
{
  Room *best = NULL;

  for (guint i = 0; i < all->rooms->len; i++)
    {
      Room *room = g_ptr_array_index (all->rooms, i);
      if (may_use (room, volume) && room->size_mib - room->used_mib >= size_mib
          && (best == NULL || n_members (room->layout, volume) < n_members (best->layout, volume)))
        best = room;
    }
  return best;
}

/* Why there is no room for it. */
static gboolean
throw_no_room (const Layout *all, const HdKsVolume *volume, guint64 size_mib, GError **error)
{
  g_autofree char *name = hd_ks_layout_name (volume);
  const char *disk = volume->entry != NULL && hd_ks_is (volume->entry, "part")
                         ? hd_ks_text (volume->entry, "ondisk")
                         : NULL;
  gboolean named = disk == NULL;

  for (guint i = 0; i < all->layouts->len; i++)
    {
      const HdKsDiskLayout *layout = g_ptr_array_index (all->layouts, i);
      if (disk != NULL && !hd_ks_disk_is (layout->disk, disk))
        continue;
      named = TRUE;
      if (!layout->new_table && layout->disk->table == HD_KS_TABLE_UNKNOWN)
        return throw_at (volume->entry, error, HD_CONFIG, "add zerombr, or clearpart --all",
                         "%s has something on it that is no partition table",
                         disk_name (layout->disk));
      if (!layout->new_table && layout->disk->table == HD_KS_TABLE_OTHER)
        return throw_at (volume->entry, error, HD_CONFIG, "add clearpart --all --initlabel",
                         "%s has an old partition table, and a GPT is needed",
                         disk_name (layout->disk));
    }
  if (!named)
    return throw_at (volume->entry, error, HD_NOT_FOUND, "see lsblk", "there is no disk %s", disk);
  return throw_at (volume->entry, error, HD_NO_SPACE,
                   "ask for less, take a larger disk, or remove partitions with clearpart",
                   "no room of %" G_GUINT64_FORMAT " MiB for %s%s%s", size_mib, name,
                   disk != NULL ? " on " : "", disk != NULL ? disk : "");
}

static gboolean
place (Layout *all, const HdKsVolume *volume, GError **error)
{
  guint64 size_mib = base_mib (all, volume);
  Room *room = find_room (all, volume, size_mib);
  HdKsSlot *slot;

  if (room == NULL)
    return throw_no_room (all, volume, size_mib, error);
  slot = g_new0 (HdKsSlot, 1);
  slot->volume = volume;
  slot->size_bytes = size_mib * MIB;
  slot->type = hd_ks_layout_type (volume, all->options->root_type);
  slot->name = hd_ks_layout_name (volume);
  room->used_mib += size_mib;
  g_ptr_array_add (room->slots, slot);
  g_ptr_array_add (room->layout->slots, slot);
  return TRUE;
}

/* ---- Growth ---- */

static gboolean
can_grow (const HdKsSlot *slot)
{
  return slot->volume->grow
         && (slot->volume->max_mib == HD_KS_NO_SIZE
             || slot->size_bytes / MIB < (guint64)slot->volume->max_mib);
}

/* Give each that grows its share of what is left, by what it asked for at least; who reaches its
 * largest size leaves the rest to the others. FALSE when nobody took anything. */
static gboolean
grow_once (Room *room, const guint64 *bases)
{
  guint64 left_mib = room->size_mib - room->used_mib, total = 0;
  gboolean grew = FALSE;

  for (guint i = 0; i < room->slots->len; i++)
    if (can_grow (g_ptr_array_index (room->slots, i)))
      total += bases[i];
  for (guint i = 0; i < room->slots->len && total > 0; i++)
    {
      HdKsSlot *slot = g_ptr_array_index (room->slots, i);
      guint64 share, most;
      if (!can_grow (slot))
        continue;
      share = (guint64)((unsigned __int128)left_mib * bases[i] / total);
      most = slot->volume->max_mib == HD_KS_NO_SIZE
                 ? share
                 : (guint64)slot->volume->max_mib - slot->size_bytes / MIB;
      total -= bases[i];
      left_mib -= share;
      share = MIN (share, most);
      slot->size_bytes += share * MIB;
      room->used_mib += share;
      grew = grew || share > 0;
    }
  return grew;
}

static void
grow (Room *room)
{
  g_autofree guint64 *bases = g_new0 (guint64, room->slots->len + 1);

  for (guint i = 0; i < room->slots->len; i++)
    bases[i] = ((const HdKsSlot *)g_ptr_array_index (room->slots, i))->size_bytes / MIB;
  while (room->used_mib < room->size_mib && grow_once (room, bases))
    ;
}

/* ---- Places and numbers ---- */

static guint
next_number (const HdKsDiskLayout *layout, guint number)
{
  gboolean taken;

  do
    {
      number++;
      taken = FALSE;
      for (guint i = 0; i < layout->disk->partitions->len && !layout->new_table; i++)
        {
          const HdKsPartition *partition = g_ptr_array_index (layout->disk->partitions, i);
          taken = taken || (partition->number == number && !is_removed (layout, partition->number));
        }
    }
  while (taken);
  return number;
}

static int
compare_slots (gconstpointer a, gconstpointer b)
{
  const HdKsSlot *first = *(const HdKsSlot *const *)a, *second = *(const HdKsSlot *const *)b;

  return (first->start_bytes > second->start_bytes) - (first->start_bytes < second->start_bytes);
}

static void
set_starts (Room *room)
{
  guint64 start_mib = room->start_mib;

  for (guint i = 0; i < room->slots->len; i++)
    {
      HdKsSlot *slot = g_ptr_array_index (room->slots, i);
      slot->start_bytes = start_mib * MIB;
      start_mib += slot->size_bytes / MIB;
    }
}

static gboolean
set_numbers (HdKsDiskLayout *layout, GError **error)
{
  guint number = 0;

  g_ptr_array_sort (layout->slots, compare_slots);
  for (guint i = 0; i < layout->slots->len; i++)
    {
      HdKsSlot *slot = g_ptr_array_index (layout->slots, i);
      g_autofree char *key = NULL;
      guint same = 0;
      number = next_number (layout, number);
      if (number > MAX_PARTITIONS)
        return throw_at (slot->volume->entry, error, HD_NO_SPACE, "take logical volumes",
                         "%s has more than %d partitions", disk_name (layout->disk),
                         MAX_PARTITIONS);
      slot->number = number;
      for (guint j = 0; j < i; j++)
        same += strcmp (((HdKsSlot *)g_ptr_array_index (layout->slots, j))->name, slot->name) == 0;
      key = same == 0 ? g_strdup (slot->name) : g_strdup_printf ("%s %u", slot->name, same + 1);
      slot->uuid = hd_ks_uuid (layout->id, key);
    }
  return TRUE;
}

/* A blank disk on which nothing is made stays blank, unless clearpart wants a table there. */
static void
leave_blank (const Layout *all, HdKsDiskLayout *layout)
{
  const HdKsEntry *clear = hd_kickstart_last (all->kickstart, "clearpart");
  gboolean wanted = strcmp (hd_ks_layout_clear_mode (clear, layout->disk), "none") != 0
                    && hd_ks_given (clear, "initlabel");

  if (layout->slots->len == 0 && layout->disk->table == HD_KS_TABLE_NONE && !wanted)
    layout->new_table = FALSE;
}

/* ---- All of it ---- */

/* What the firmwares and the boot loader look for comes first, in their order. */
static guint
rank (const HdKsVolume *volume)
{
  if (volume->use == HD_KS_USE_BIOS || volume->use == HD_KS_USE_PREP)
    return 0;
  if (volume->use == HD_KS_USE_EFI)
    return 1;
  return g_strcmp0 (volume->mount, "/boot") == 0 ? 2 : 3;
}

static gboolean
is_request (const HdKsVolume *volume)
{
  return volume->kind == HD_KS_PARTITION && !volume->existing
         && g_strcmp0 (volume->fstype, "tmpfs") != 0;
}

static gboolean
place_all (Layout *all, const GPtrArray *volumes, GError **error)
{
  for (guint r = 0; r <= 3; r++)
    for (guint i = 0; i < volumes->len; i++)
      {
        const HdKsVolume *volume = g_ptr_array_index (volumes, i);
        if (is_request (volume) && rank (volume) == r && !place (all, volume, error))
          return FALSE;
      }
  return TRUE;
}

/* Partitions that are used are there, and stay. */
static gboolean
check_existing (const Layout *all, const GPtrArray *volumes, GError **error)
{
  for (guint i = 0; i < volumes->len; i++)
    {
      const HdKsVolume *volume = g_ptr_array_index (volumes, i);
      const char *name = volume->kind == HD_KS_PARTITION && volume->existing
                             ? hd_ks_text (volume->entry, "onpart")
                             : NULL;
      for (guint j = 0; j < all->layouts->len && name != NULL; j++)
        {
          const HdKsDiskLayout *layout = g_ptr_array_index (all->layouts, j);
          gboolean here;
          const HdKsPartition *partition = hd_ks_disk_partition (layout->disk, name, &here);
          if (here && (partition == NULL || is_removed (layout, partition->number)))
            return throw_at (volume->entry, error, HD_NOT_FOUND, "see lsblk",
                             partition == NULL ? "there is no partition %s"
                                               : "clearpart removes the partition %s",
                             name);
        }
    }
  return TRUE;
}

/* The disk that the machine starts from comes first. */
static void
add_disks (Layout *all)
{
  const HdKsEntry *bootloader = hd_kickstart_last (all->kickstart, "bootloader");
  g_auto (GStrv) order = bootloader != NULL ? hd_ks_list (bootloader, "driveorder") : NULL;
  const char *boot = bootloader != NULL ? hd_ks_text (bootloader, "boot-drive") : NULL;

  if (boot == NULL && order != NULL)
    boot = order[0];
  for (int first = 1; first >= 0; first--)
    for (guint i = 0; i < all->disks->len; i++)
      {
        const HdKsDisk *disk = g_ptr_array_index (all->disks, i);
        gboolean is_first = boot != NULL && hd_ks_disk_is (disk, boot);
        if (is_first == first && hd_ks_layout_may_use (all->kickstart, disk))
          add_disk (all, disk);
      }
}

GPtrArray *
hd_ks_layout_new (const HdKickstart *kickstart, const GPtrArray *volumes, const GPtrArray *disks,
                  const HdKsLayoutOptions *options, GError **error)
{
  g_autoptr (GPtrArray) layouts = g_ptr_array_new_with_free_func (disk_layout_free);
  g_autoptr (GPtrArray) rooms = g_ptr_array_new_with_free_func (room_free);
  Layout all = { kickstart, disks, options, layouts, rooms, 0 };

  add_disks (&all);
  if (layouts->len == 0)
    {
      hd_throw (error, HD_NOT_FOUND, "see ignoredisk, and lsblk", "%s: there is no disk to use",
                kickstart->name);
      return NULL;
    }
  for (guint i = 0; i < layouts->len; i++)
    add_rooms (&all, g_ptr_array_index (layouts, i));
  if (!check_existing (&all, volumes, error) || !place_all (&all, volumes, error))
    return NULL;
  for (guint i = 0; i < rooms->len; i++)
    {
      grow (g_ptr_array_index (rooms, i));
      set_starts (g_ptr_array_index (rooms, i));
    }
  for (guint i = 0; i < layouts->len; i++)
    {
      if (!set_numbers (g_ptr_array_index (layouts, i), error))
        return NULL;
      leave_blank (&all, g_ptr_array_index (layouts, i));
    }
  return g_steal_pointer (&layouts);
}

static void
print_removed (const HdKsDiskLayout *layout, FILE *out)
{
  if (layout->removed->len == 0 || layout->new_table)
    return;
  fputs ("      removed:", out);
  for (guint i = 0; i < layout->removed->len; i++)
    fprintf (out, " %u", g_array_index (layout->removed, guint, i));
  fputc ('\n', out);
}

void
hd_ks_layout_print (const GPtrArray *layouts, FILE *out)
{
  for (guint i = 0; i < layouts->len; i++)
    {
      const HdKsDiskLayout *layout = g_ptr_array_index (layouts, i);
      if (!layout->new_table && layout->removed->len == 0 && layout->slots->len == 0)
        continue;
      fprintf (out, "Disk %s, %" G_GUINT64_FORMAT " MiB%s\n", disk_name (layout->disk),
               layout->disk->size_bytes / MIB, layout->new_table ? ", new partition table" : "");
      print_removed (layout, out);
      for (guint j = 0; j < layout->slots->len; j++)
        {
          const HdKsSlot *slot = g_ptr_array_index (layout->slots, j);
          fprintf (out, "      %u  %s: %" G_GUINT64_FORMAT " MiB at %" G_GUINT64_FORMAT " MiB\n",
                   slot->number, slot->name, slot->size_bytes / MIB, slot->start_bytes / MIB);
        }
    }
}
