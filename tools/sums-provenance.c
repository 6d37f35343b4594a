/* What went in, what came out, and what has to be the same to get it again. */
#include <string.h>

#include "common/cleanup.h"
#include "common/json.h"
#include "tools/sums.h"

#define STATEMENT "https://in-toto.io/Statement/v1"
#define PREDICATE "https://slsa.dev/provenance/v1"
/* Names of our own, which say nothing about a place. */
#define BUILD_TYPE "urn:atomic-image:raw-disk-to-images:1"
#define BUILDER "urn:atomic-image"

static hd_json *
digest_object (const char *name, const char *value)
{
  hd_json *object = hd_json_new_object ();
  hd_json_set_string (object, name, value);
  return object;
}

static void
add_dependency (hd_json *array, const char *uri, const char *kind, const char *digest)
{
  hd_json *object = hd_json_new_object ();
  hd_json_set_string (object, "uri", uri);
  if (digest != NULL)
    hd_json_set (object, "digest", digest_object (kind, digest));
  hd_json_append (array, object);
}

static hd_json *
dependencies (const HdSums *sums)
{
  hd_json *array = hd_json_new_array ();
  add_dependency (array, "urn:atomic-image:disk", "sha256", sums->identity);
  if (sums->commit != NULL)
    add_dependency (array, "urn:ostree:commit", "sha256", sums->commit);
  if (sums->definition_sha256 != NULL)
    add_dependency (array, "urn:atomic-image:definition", "sha256", sums->definition_sha256);
  for (gsize i = 0; sums->packages != NULL && i < g_variant_n_children (sums->packages); i++)
    {
      const char *name, *version, *arch;
      g_variant_get_child (sums->packages, i, "(&s&s&s)", &name, &version, &arch);
      g_autofree char *purl = hd_sums_purl (name, version, arch, sums->suite);
      add_dependency (array, purl, NULL, NULL);
    }
  return array;
}

/* What a person types to get the same again. */
static hd_json *
parameters (const HdSums *sums, GPtrArray *images)
{
  const HdFormatMachine *machine = sums->machine;
  hd_json *object = hd_json_new_object (), *formats = hd_json_new_array ();
  for (guint i = 0; i < images->len; i++)
    hd_json_append (formats, hd_json_new_string (
                                 ((HdFormatOutput *)g_ptr_array_index (images, i))->format->name));
  hd_json_set_string (object, "name", sums->name);
  hd_json_set_string (object, "version", sums->version);
  hd_json_set_int (object, "SOURCE_DATE_EPOCH", sums->epoch);
  hd_json_set_string (object, "suite", sums->suite);
  hd_json_set (object, "formats", formats);
  hd_json *shape = hd_json_new_object ();
  hd_json_set_int (shape, "hardware", machine->hardware);
  hd_json_set_string (shape, "firmware", machine->bios ? "bios" : "efi");
  hd_json_set_string (shape, "os-type", machine->os_type);
  hd_json_set_int (shape, "processors", machine->n_processors);
  hd_json_set_int (shape, "memory", machine->memory_mib);
  hd_json_set_string (shape, "manifest", machine->sha1 ? "sha1" : "sha256");
  hd_json_set_bool (shape, "signed", machine->sign_key != NULL);
  hd_json_set (object, "machine", shape);
  if (sums->definition != NULL)
    {
      g_autofree char *file = g_strconcat (sums->base, ".conf", NULL);
      hd_json_set_string (object, "definition", file);
    }
  return object;
}

/* What is not asked for and still decides about bytes. */
static hd_json *
circumstances (const HdSums *sums)
{
  hd_json *object = hd_json_new_object ();
  hd_json_set_string (object, "compressors", hd_codec_versions ());
  GVariantIter iter;
  const char *key, *value;
  if (sums->inputs == NULL)
    return object;
  hd_json *inputs = hd_json_new_object ();
  g_variant_iter_init (&iter, sums->inputs);
  while (g_variant_iter_next (&iter, "{&s&s}", &key, &value))
    hd_json_set_string (inputs, key, value);
  hd_json_set (object, "commit-inputs", inputs);
  return object;
}

char *
hd_sums_provenance (const HdSums *sums, GPtrArray *images)
{
  hd_autojson statement = hd_json_new_object ();
  hd_json *subjects = hd_json_new_array ();
  for (guint i = 0; i < images->len; i++)
    {
      const HdFormatOutput *image = g_ptr_array_index (images, i);
      g_autofree char *name = g_path_get_basename (image->path);
      hd_json *subject = hd_json_new_object ();
      hd_json_set_string (subject, "name", name);
      hd_json_set (subject, "digest", digest_object ("sha256", image->sha256));
      hd_json_append (subjects, subject);
    }
  hd_json *predicate = hd_json_new_object (), *build = hd_json_new_object ();
  hd_json *run = hd_json_new_object (), *builder = hd_json_new_object ();
  hd_json_set_string (build, "buildType", BUILD_TYPE);
  hd_json_set (build, "externalParameters", parameters (sums, images));
  hd_json_set (build, "internalParameters", circumstances (sums));
  hd_json_set (build, "resolvedDependencies", dependencies (sums));
  hd_json_set_string (builder, "id", BUILDER);
  hd_json_set (run, "builder", builder);
  hd_json_set (predicate, "buildDefinition", build);
  hd_json_set (predicate, "runDetails", run);
  hd_json_set_string (statement, "_type", STATEMENT);
  hd_json_set (statement, "subject", subjects);
  hd_json_set_string (statement, "predicateType", PREDICATE);
  hd_json_set (statement, "predicate", predicate);
  hd_autofree char *text = hd_json_to_text (statement, true);
  return g_strconcat (text, "\n", NULL);
}
