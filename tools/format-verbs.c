/* Options to a machine and a list of formats; the rest is tools/format.h. */
#include "tools/format-verbs.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/output.h"
#include "tools/build.h"
#include "tools/keys.h"
#include "tools/packages.h"
#include "tools/sums.h"

static const HdOption convert_options[] = {
  { "format", 'f', HD_OPT_STRINGS, "LIST",
    "formats, with commas between; all: those for platforms [all]" },
  { "output", 'o', HD_OPT_STRING, "DIR", "folder for the images [beside the disk]" },
  { "name", 0, HD_OPT_STRING, "NAME", "of files and machine [that of the disk's file]" },
  { "version", 0, HD_OPT_STRING, "VERSION", "of what is on the disk [none]" },
  { "title", 0, HD_OPT_STRING, "TEXT", "for people [NAME]" },
  HD_FORMAT_MACHINE_OPTIONS,
  { "sums", 0, HD_OPT_FLAG, NULL, "write SHA256SUMS and a provenance statement, too" },
  { "packages", 0, HD_OPT_STRING, "FILE",
    "dpkg's status file of the disk: lists of packages, too" },
  { "key", 0, HD_OPT_STRING, "DIR", "GnuPG folder of a key that signs SHA256SUMS" },
  { "quiet", 'q', HD_OPT_FLAG, NULL, "print errors only" },
  { NULL },
};

gboolean
hd_format_machine_options (const HdInvocation *inv, HdFormatMachine *machine, GError **error)
{
  const char *firmware = hd_inv_string (inv, "firmware");
  if (firmware != NULL && !g_str_equal (firmware, "bios") && !g_str_equal (firmware, "efi"))
    return hd_throw (error, HD_USAGE, NULL, "--firmware is bios or efi, not %s", firmware);
  const char *manifest = hd_inv_string (inv, "manifest");
  if (manifest != NULL && !g_str_equal (manifest, "sha256") && !g_str_equal (manifest, "sha1"))
    return hd_throw (error, HD_USAGE, "no importer takes another",
                     "O4: --manifest is sha256 or sha1, not %s", manifest);
  gint64 hardware = hd_inv_int (inv, "hardware", machine->hardware);
  gint64 processors = hd_inv_int (inv, "processors", machine->n_processors);
  gint64 memory = hd_inv_int (inv, "memory", machine->memory_mib);
  if (hardware < 0 || hardware > 999 || processors < 1 || processors > 4096 || memory < 4
      || memory > 1 << 24)
    return hd_throw (error, HD_USAGE, NULL, "the machine's numbers are out of range");
  machine->bios = firmware != NULL && g_str_equal (firmware, "bios");
  machine->sha1 = manifest != NULL && g_str_equal (manifest, "sha1");
  machine->hardware = (guint)hardware;
  machine->n_processors = (guint)processors;
  machine->memory_mib = (guint)memory;
  if (hd_inv_string (inv, "os-type") != NULL)
    machine->os_type = hd_inv_string (inv, "os-type");
  machine->sign_key = hd_inv_string (inv, "sign-key");
  machine->sign_certificate = hd_inv_string (inv, "sign-certificate");
  return hd_format_machine_check (machine, error);
}

static const char *
or_else (const char *value, const char *fallback)
{
  return value != NULL ? value : fallback;
}

/* "atomic-host-1.raw" is called "atomic-host-1". */
static char *
name_of (const char *disk)
{
  char *name = g_path_get_basename (disk);
  char *dot = strrchr (name, '.');
  if (dot != NULL && dot != name)
    *dot = '\0';
  return name;
}

/* SHA256SUMS and the rest, as far as it is asked for. */
static gboolean
write_sums (const HdInvocation *inv, HdSums *sums, GPtrArray *images, const char *folder,
            GError **error)
{
  const char *status = hd_inv_string (inv, "packages");
  g_autofree char *text = NULL;
  g_autofree char *fingerprint = NULL;
  g_autoptr (GVariant) packages = NULL;
  sums->key_home = hd_inv_string (inv, "key");
  if (status != NULL)
    {
      if (!g_file_get_contents (status, &text, NULL, error)
          || (packages = hd_packages_parse (text, error)) == NULL)
        return FALSE;
      sums->packages = g_variant_ref_sink (packages);
    }
  if (sums->key_home != NULL)
    {
      fingerprint = hd_keys_fingerprint (sums->key_home, NULL, NULL, error);
      if (fingerprint == NULL)
        return FALSE;
      sums->fingerprint = fingerprint;
    }
  return hd_sums_write (sums, images, folder, NULL, error);
}

static int
run_convert (const HdInvocation *inv)
{
  static const char *const all[] = { "all", NULL };
  g_autoptr (GError) error = NULL;
  const char *disk = hd_inv_args (inv)[0];
  const char *const *names = hd_inv_strings (inv, "format");
  const char *version = hd_inv_string (inv, "version");
  g_autofree char *own_name = name_of (disk);
  g_autofree char *beside = g_path_get_dirname (disk);
  g_autofree char *identity = NULL;
  const char *folder = or_else (hd_inv_string (inv, "output"), beside);
  HdFormatMachine machine;
  hd_format_machine_init (&machine);
  machine.name = or_else (hd_inv_string (inv, "name"), own_name);
  machine.title = or_else (hd_inv_string (inv, "title"), machine.name);
  machine.version = or_else (version, "0");
  g_autofree char *base = version != NULL ? g_strdup_printf ("%s-%s", machine.name, version)
                                          : g_strdup (machine.name);

  g_autoptr (GPtrArray) formats = hd_format_choose (*names != NULL ? names : all, &error);
  if (formats == NULL || !hd_build_fixed_epoch (&machine.epoch, &error)
      || !hd_format_machine_options (inv, &machine, &error))
    return hd_error_report (error);
  g_autoptr (GPtrArray) outputs
      = hd_format_write (disk, formats, &machine, folder, base, &identity, NULL, &error);
  if (outputs == NULL)
    return hd_error_report (error);
  HdSums sums = {
    .base = base,
    .name = machine.name,
    .version = machine.version,
    .epoch = machine.epoch,
    .identity = identity,
    .machine = &machine,
  };
  gboolean wanted
      = hd_inv_flag (inv, "sums") || hd_inv_given (inv, "packages") || hd_inv_given (inv, "key");
  if (wanted && !write_sums (inv, &sums, outputs, folder, &error))
    return hd_error_report (error);
  for (guint i = 0; i < outputs->len && !hd_inv_flag (inv, "quiet"); i++)
    {
      const HdFormatOutput *output = g_ptr_array_index (outputs, i);
      g_autofree char *size = hd_format_size (output->size_bytes);
      printf ("%s  %s  %s\n", output->sha256, output->path, size);
    }
  return 0;
}

static int
run_formats (const HdInvocation *inv)
{
  static const char *const header[] = { "FORMAT", "FILE", "IN ALL", "FOR", NULL };
  g_autoptr (HdTable) table = hd_table_new (header);
  for (const HdFormat *format = hd_formats; format->name != NULL; format++)
    {
      g_autofree char *file = g_strconcat ("NAME-VERSION", format->suffix, NULL);
      const char *const cells[]
          = { format->name, file, format->in_all ? "yes" : "", format->summary, NULL };
      hd_table_row (table, cells);
    }
  hd_table_print (table, stdout);
  return 0;
}

const HdVerb hd_format_verbs[] = {
  { "convert", "DISK", 1, 1, FALSE, convert_options, "a raw disk to the images of platforms",
    "The same disk and options give the same bytes. Times in them are SOURCE_DATE_EPOCH, or 1980 "
    "where it is not set.",
    run_convert },
  { "formats", "", 0, 0, FALSE, NULL, "list the formats that --format takes", NULL, run_formats },
  { NULL },
};
