/* The two lists of packages. */
#include <string.h>

#include "base/output.h"
#include "common/cleanup.h"
#include "common/json.h"
#include "tools/digest.h"
#include "tools/sums.h"

#define TOOL "atomic-image"
#define UNKNOWN "NOASSERTION"

char *
hd_sums_purl (const char *name, const char *version, const char *arch, const char *suite)
{
  g_autofree char *safe_name = g_uri_escape_string (name, NULL, FALSE);
  g_autofree char *safe_version = g_uri_escape_string (version, ":", FALSE);
  return g_strdup_printf ("pkg:deb/debian/%s@%s?arch=%s%s%s", safe_name, safe_version, arch,
                          suite != NULL ? "&distro=" : "", suite != NULL ? suite : "");
}

static char *
to_text (hd_json *document)
{
  hd_autofree char *text = hd_json_to_text (document, true);
  return g_strconcat (text, "\n", NULL);
}

/* A name for this list that two different ones do not share. */
static char *
list_urn (const HdSums *sums, const char *kind)
{
  g_autoptr (HdDigest) digest = hd_digest_new ();
  g_autofree char *packages = g_variant_print (sums->packages, FALSE);
  hd_digest_text (digest, sums->base, packages);
  hd_digest_text (digest, "disk", sums->identity);
  g_autofree char *seed = hd_digest_finish (digest);
  g_autofree char *uuid = hd_digest_uuid (seed, kind);
  return g_strdup_printf ("urn:uuid:%s", uuid);
}

static void
spdx_package (hd_json *object, const char *id, const char *name, const char *version)
{
  hd_json_set_string (object, "SPDXID", id);
  hd_json_set_string (object, "name", name);
  hd_json_set_string (object, "versionInfo", version);
  hd_json_set_string (object, "downloadLocation", UNKNOWN);
  hd_json_set_bool (object, "filesAnalyzed", false);
  hd_json_set_string (object, "licenseConcluded", UNKNOWN);
  hd_json_set_string (object, "licenseDeclared", UNKNOWN);
  hd_json_set_string (object, "copyrightText", UNKNOWN);
}

static void
spdx_relation (hd_json *relations, const char *from, const char *kind, const char *to)
{
  hd_json *object = hd_json_new_object ();
  hd_json_set_string (object, "spdxElementId", from);
  hd_json_set_string (object, "relationshipType", kind);
  hd_json_set_string (object, "relatedSpdxElement", to);
  hd_json_append (relations, object);
}

/* An identifier has letters, digits, dots and dashes; the number keeps two names apart. */
static char *
spdx_id (gsize number, const char *name)
{
  char *id = g_strdup_printf ("SPDXRef-Package-%" G_GSIZE_FORMAT "-%s", number, name);
  return g_strcanon (id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-", '-');
}

char *
hd_sums_spdx (const HdSums *sums)
{
  const char *root = "SPDXRef-Image";
  g_autofree char *urn = list_urn (sums, "spdx");
  g_autofree char *created = hd_format_time (sums->epoch);
  hd_autojson document = hd_json_new_object ();
  hd_json_set_string (document, "spdxVersion", "SPDX-2.3");
  hd_json_set_string (document, "dataLicense", "CC0-1.0");
  hd_json_set_string (document, "SPDXID", "SPDXRef-DOCUMENT");
  hd_json_set_string (document, "name", sums->base);
  hd_json_set_string (document, "documentNamespace", urn);
  hd_json *info = hd_json_new_object (), *creators = hd_json_new_array ();
  hd_json_append (creators, hd_json_new_string ("Tool: " TOOL));
  hd_json_set_string (info, "created", created);
  hd_json_set (info, "creators", creators);
  hd_json_set (document, "creationInfo", info);

  hd_json *packages = hd_json_new_array (), *relations = hd_json_new_array ();
  hd_json *image = hd_json_new_object ();
  spdx_package (image, root, sums->name, sums->version);
  hd_json_append (packages, image);
  spdx_relation (relations, "SPDXRef-DOCUMENT", "DESCRIBES", root);
  for (gsize i = 0; i < g_variant_n_children (sums->packages); i++)
    {
      const char *name, *version, *arch;
      g_variant_get_child (sums->packages, i, "(&s&s&s)", &name, &version, &arch);
      g_autofree char *id = spdx_id (i, name);
      g_autofree char *purl = hd_sums_purl (name, version, arch, sums->suite);
      hd_json *package = hd_json_new_object (), *references = hd_json_new_array ();
      hd_json *reference = hd_json_new_object ();
      spdx_package (package, id, name, version);
      hd_json_set_string (reference, "referenceCategory", "PACKAGE-MANAGER");
      hd_json_set_string (reference, "referenceType", "purl");
      hd_json_set_string (reference, "referenceLocator", purl);
      hd_json_append (references, reference);
      hd_json_set (package, "externalRefs", references);
      hd_json_append (packages, package);
      spdx_relation (relations, root, "CONTAINS", id);
    }
  hd_json_set (document, "packages", packages);
  hd_json_set (document, "relationships", relations);
  return to_text (document);
}

char *
hd_sums_cyclonedx (const HdSums *sums)
{
  g_autofree char *urn = list_urn (sums, "cyclonedx");
  g_autofree char *created = hd_format_time (sums->epoch);
  hd_autojson document = hd_json_new_object ();
  hd_json_set_string (document, "bomFormat", "CycloneDX");
  hd_json_set_string (document, "specVersion", "1.5");
  hd_json_set_string (document, "serialNumber", urn);
  hd_json_set_int (document, "version", 1);
  hd_json *metadata = hd_json_new_object (), *tools = hd_json_new_object ();
  hd_json *tool_list = hd_json_new_array (), *tool = hd_json_new_object ();
  hd_json *image = hd_json_new_object ();
  hd_json_set_string (tool, "type", "application");
  hd_json_set_string (tool, "name", TOOL);
  hd_json_append (tool_list, tool);
  hd_json_set (tools, "components", tool_list);
  hd_json_set_string (image, "type", "operating-system");
  hd_json_set_string (image, "bom-ref", "image");
  hd_json_set_string (image, "name", sums->name);
  hd_json_set_string (image, "version", sums->version);
  hd_json_set_string (metadata, "timestamp", created);
  hd_json_set (metadata, "tools", tools);
  hd_json_set (metadata, "component", image);
  hd_json_set (document, "metadata", metadata);

  hd_json *components = hd_json_new_array ();
  for (gsize i = 0; i < g_variant_n_children (sums->packages); i++)
    {
      const char *name, *version, *arch;
      g_variant_get_child (sums->packages, i, "(&s&s&s)", &name, &version, &arch);
      g_autofree char *purl = hd_sums_purl (name, version, arch, sums->suite);
      hd_json *component = hd_json_new_object ();
      hd_json_set_string (component, "type", "library");
      hd_json_set_string (component, "bom-ref", purl);
      hd_json_set_string (component, "name", name);
      hd_json_set_string (component, "version", version);
      hd_json_set_string (component, "purl", purl);
      hd_json_append (components, component);
    }
  hd_json_set (document, "components", components);
  return to_text (document);
}
