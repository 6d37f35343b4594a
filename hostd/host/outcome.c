/* Basis and candidate -> JSON, and a line for people. */
#include "host/outcome.h"

#include "state/pkgdiff.h"

hd_json *
hd_outcome_version (HdSysroot *sysroot, const char *commit)
{
  hd_json *object = hd_json_new_object ();
  g_autoptr (HdCommit) info = commit != NULL ? hd_commit_read (sysroot->fd, commit, NULL) : NULL;
  hd_json_set_string (object, "version", info != NULL ? info->version : NULL);
  hd_json_set_string (object, "commit", commit);
  return object;
}

char *
hd_outcome_describe (HdSysroot *sysroot, const char *commit)
{
  g_autoptr (HdCommit) info = hd_commit_read (sysroot->fd, commit, NULL);
  if (info == NULL || info->version == NULL)
    return g_strdup_printf ("commit %.12s", commit);
  return g_strdup_printf ("version %s (%.12s)", info->version, commit);
}

static hd_json *
kernel_to_json (const HdBasis *basis, const HdCandidate *candidate)
{
  hd_json *object = hd_json_new_object ();
  hd_json_set_string (object, "from", basis->kernel);
  hd_json_set_string (object, "to", candidate->info->kernel);
  return object;
}

static hd_json *
signature_to_json (const HdSignature *signature)
{
  hd_json *object = hd_json_new_object ();
  hd_json_set_string (object, "key", signature->key);
  hd_json_set_string (object, "uid", signature->uid);
  return object;
}

hd_json *
hd_outcome_data (HdSysroot *sysroot, const HdBasis *basis, const HdCandidate *candidate,
                 gboolean staged)
{
  hd_json *data = hd_json_new_object ();
  g_autoptr (HdCommit) old
      = basis->commit != NULL ? hd_commit_read (sysroot->fd, basis->commit, NULL) : NULL;
  g_autoptr (HdPkgDiff) diff
      = hd_pkgdiff_new (old != NULL ? old->packages : NULL, candidate->info->packages);
  hd_json_set (data, "from", hd_outcome_version (sysroot, basis->commit));
  hd_json_set (data, "to", hd_outcome_version (sysroot, candidate->commit));
  hd_json_set_bool (data, "staged", staged);
  hd_json_set (data, "next",
               hd_outcome_version (sysroot, staged ? candidate->commit : basis->commit));
  hd_json_set_uint (data, "download_bytes", candidate->download_bytes);
  hd_json_set (data, "packages", hd_pkgdiff_to_json (diff));
  hd_json_set (data, "kernel", kernel_to_json (basis, candidate));
  hd_json_set (data, "signature", signature_to_json (candidate->signature));
  return data;
}

char *
hd_outcome_summary (const hd_json *data)
{
  static const char *const kinds[] = { "upgraded", "downgraded", "added", "removed" };
  const hd_json *packages = hd_json_get (data, "packages");
  g_autoptr (GString) text = g_string_new (NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      gsize n = hd_json_length (hd_json_get (packages, kinds[i]));
      if (n == 0)
        continue;
      if (text->len == 0)
        g_string_append_printf (text, "%zu %s %s", n, n == 1 ? "package" : "packages", kinds[i]);
      else
        g_string_append_printf (text, ", %zu %s", n, kinds[i]);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}
