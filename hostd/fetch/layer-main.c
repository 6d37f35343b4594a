/* atomic-layer: an archive to a layer's folder, or a folder to an archive, in a sandbox.
 *
 * Started by the engine, not by people (engine/layerjob.h). Descriptors: 0 the archive or, to pack,
 * nothing; 1 the result, one JSON object; 3 the folder; 4 the file of the blob. The result has
 * "code", and "message" and "hint" or what the verb says.
 */
#include <getopt.h>
#include <openssl/crypto.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "common/err.h"
#include "common/fs.h"
#include "common/json.h"
#include "common/parse.h"
#include "fetch/pack.h"
#include "fetch/sandbox.h"
#include "fetch/source.h"
#include "fetch/unpack.h"

#define FOLDER_FD 3
#define BLOB_FD 4

typedef struct
{
  bool lowest, has_blob, plain, merged;
  uint64_t max_input, max_output, max_entries, max_ratio;
} arguments;

static const struct option options[] = {
  { "lowest", no_argument, NULL, 'l' },
  { "blob", no_argument, NULL, 'b' },
  { "plain", no_argument, NULL, 'p' },
  { "merged", no_argument, NULL, 'm' },
  { "max-input", required_argument, NULL, 'i' },
  { "max-output", required_argument, NULL, 'o' },
  { "max-entries", required_argument, NULL, 'e' },
  { "max-ratio", required_argument, NULL, 'r' },
  { NULL },
};

static bool
parse_arguments (int argc, char **argv, arguments *ret)
{
  int c;
  *ret
      = (arguments){ .max_input = UINT64_MAX, .max_output = UINT64_MAX, .max_entries = UINT64_MAX };
  while ((c = getopt_long (argc, argv, "", options, NULL)) != -1)
    {
      uint64_t *number = c == 'i'   ? &ret->max_input
                         : c == 'o' ? &ret->max_output
                         : c == 'e' ? &ret->max_entries
                         : c == 'r' ? &ret->max_ratio
                                    : NULL;
      if (c == '?' || (number != NULL && hd_parse_uint64 (optarg, number) < 0))
        return false;
      ret->lowest |= c == 'l';
      ret->has_blob |= c == 'b';
      ret->plain |= c == 'p';
      ret->merged |= c == 'm';
    }
  return optind == argc - 1;
}

/* Paths are bytes, and JSON is UTF-8: what is not plain becomes "%XX". */
static hd_json *
escape_path (const char *path)
{
  char *text = malloc (3 * strlen (path) + 1);
  char *out = text;
  if (text == NULL)
    abort ();
  for (; *path != '\0'; path++)
    if (*path > ' ' && *path < 0x7f && *path != '%')
      *out++ = *path;
    else
      out += sprintf (out, "%%%02X", (unsigned char)*path);
  *out = '\0';
  hd_json *value = hd_json_new_string (text);
  free (text);
  return value;
}

static void
set_list (hd_json *object, const char *key, const hd_list *list)
{
  hd_json *array = hd_json_new_array ();
  for (size_t i = 0; i < list->count; i++)
    hd_json_append (array, escape_path (list->items[i]));
  hd_json_set (object, key, array);
}

static void
set_streams (hd_json *object, const char *blob_sha256, uint64_t blob_bytes, const char *diff_sha256,
             uint64_t diff_bytes)
{
  hd_json_set_string (object, "blob", blob_sha256);
  hd_json_set_uint (object, "blob-bytes", blob_bytes);
  hd_json_set_string (object, "diff", diff_sha256);
  hd_json_set_uint (object, "diff-bytes", diff_bytes);
}

static int
unpack (const arguments *args, hd_json *out, hd_err *err)
{
  const hd_source_options source_options = {
    .input_fd = 0,
    .blob_fd = args->has_blob ? BLOB_FD : -1,
    .max_input_bytes = args->max_input,
    .max_output_bytes = args->max_output,
    .max_ratio = (unsigned)args->max_ratio,
  };
  const hd_unpack_options unpack_options = { .root_fd = FOLDER_FD,
                                             .lowest = args->lowest,
                                             .max_entries = args->max_entries,
                                             .max_bytes = args->max_output };
  hd_unpack_result result = { 0 };
  hd_source_result streams;
  int r = hd_sandbox_enter (HD_SANDBOX_UNPACK, FOLDER_FD, err);
  hd_source *source = r < 0 ? NULL : hd_source_new (&source_options, err);
  if (source == NULL)
    return -EINVAL;
  r = hd_unpack (source, &unpack_options, &result, err);
  if (r == 0)
    r = hd_source_finish (source, &streams, err);
  if (r == 0)
    {
      set_streams (out, streams.input_sha256, streams.input_bytes, streams.output_sha256,
                   streams.output_bytes);
      hd_json_set_uint (out, "entries", result.entries);
      hd_json_set_uint (out, "bytes", result.bytes);
      set_list (out, "implied", &result.implied);
      set_list (out, "opaque", &result.opaque);
      hd_source_free (source);
    }
  /* After a failure the source's thread may wait for bytes that never come: the process ends. */
  hd_unpack_result_clear (&result);
  return r;
}

static int
pack (const arguments *args, hd_json *out, hd_err *err)
{
  const hd_pack_options pack_options = {
    .root_fd = FOLDER_FD, .output_fd = BLOB_FD, .plain = args->plain, .merged = args->merged
  };
  hd_pack_result result;
  int r = hd_sandbox_enter (HD_SANDBOX_PACK, FOLDER_FD, err);
  if (r == 0)
    r = hd_pack (&pack_options, &result, err);
  if (r == 0)
    {
      set_streams (out, result.streams.output_sha256, result.streams.output_bytes,
                   result.streams.input_sha256, result.streams.input_bytes);
      hd_json_set_uint (out, "entries", result.entries);
      hd_json_set_uint (out, "bytes", result.bytes);
    }
  return r;
}

static const struct
{
  const char *name;
  int (*run) (const arguments *args, hd_json *out, hd_err *err);
} verbs[] = { { "unpack", unpack }, { "pack", pack } };

int
main (int argc, char **argv)
{
  arguments args;
  hd_err err = { 0 };
  hd_json *out = hd_json_new_object ();
  int r = -EINVAL;

  if (!parse_arguments (argc, argv, &args))
    hd_err_set (&err, HD_USAGE, NULL, "atomic-layer is started by atomic");
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  /* What has to be read from the disk is, before the root changes; and writing to a reader that is
   * gone is an error like others. */
  OPENSSL_init_crypto (OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
  signal (SIGPIPE, SIG_IGN);
  umask (0);
  for (size_t i = 0; err.code == HD_OK && i < sizeof verbs / sizeof verbs[0]; i++)
    if (strcmp (argv[optind], verbs[i].name) == 0)
      r = verbs[i].run (&args, out, &err);
  if (r < 0)
    {
      hd_json_set_string (out, "message", err.message);
      if (err.hint[0] != '\0')
        hd_json_set_string (out, "hint", err.hint);
    }
  hd_json_set_string (out, "code", hd_code_name (err.code));
  char *text = hd_json_to_text (out, false);
  int written = hd_fs_write_all (1, text, strlen (text));
  free (text);
  hd_json_free (out);
  _exit (r < 0 || written < 0 ? hd_code_exit_status (err.code == HD_OK ? HD_FAILED : err.code) : 0);
}
