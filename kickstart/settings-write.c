/* Settings into a folder with a host in it. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"
#include "base/spawn.h"
#include "common/cleanup.h"
#include "common/fs.h"
#include "kickstart/root.h"
#include "kickstart/settings.h"

/* Replace what has the name by a link. A negative errno. */
static int
replace_link (int folder, const char *name, const char *target)
{
  g_autofree char *temporary = g_strconcat (".", name, ".new", NULL);

  if (unlinkat (folder, temporary, 0) < 0 && errno != ENOENT)
    return -errno;
  if (symlinkat (target, folder, temporary) < 0)
    return -errno;
  if (renameat (folder, temporary, folder, name) < 0)
    {
      int r = -errno;
      unlinkat (folder, temporary, 0);
      return r;
    }
  return 0;
}

static gboolean
write_one (const HdKsSetting *setting, int root_fd, GError **error)
{
  g_autofree char *folder_name = g_path_get_dirname (setting->name);
  g_autofree char *name = g_path_get_basename (setting->name);
  hd_autofd folder = hd_ks_root_open_folder (root_fd, folder_name, 0755, NULL);
  int r = folder;

  if (r >= 0 && setting->kind == HD_KS_SETTING_LINK)
    r = replace_link (folder, name, setting->text->str);
  else if (r >= 0)
    r = hd_fs_replace (folder, name, setting->text->str, setting->text->len, 0644);
  return r >= 0 || hd_throw_errno (error, -r, "cannot write /%s", setting->name);
}

static gboolean
switch_unit (const HdKsSetting *setting, const char *root, GCancellable *cancellable,
             GError **error)
{
  gboolean enable = setting->kind == HD_KS_SETTING_ENABLE;
  g_autofree char *absolute = g_canonicalize_filename (root, NULL);
  g_autofree char *root_option = g_strconcat ("--root=", absolute, NULL);
  const char *argv[] = { "systemctl", "--quiet",     root_option, enable ? "enable" : "disable",
                         "--",        setting->name, NULL };
  g_autoptr (GError) failed = NULL;

  if (hd_spawn_run (argv, NULL, NULL, cancellable, &failed))
    return TRUE;
  if (enable || hd_error_code (failed) != HD_FAILED)
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return FALSE;
    }
  hd_log (LOG_NOTICE, "%s is not disabled: %s", setting->name, failed->message);
  return TRUE;
}

gboolean
hd_ks_settings_write (const GPtrArray *settings, const char *root, GCancellable *cancellable,
                      GError **error)
{
  hd_autofd root_fd = open (root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  if (root_fd < 0)
    return hd_throw_errno (error, errno, "cannot open %s", root);
  for (guint i = 0; i < settings->len; i++)
    {
      const HdKsSetting *setting = g_ptr_array_index (settings, i);
      gboolean unit
          = setting->kind == HD_KS_SETTING_ENABLE || setting->kind == HD_KS_SETTING_DISABLE;
      if (g_cancellable_set_error_if_cancelled (cancellable, error)
          || (unit ? !switch_unit (setting, root, cancellable, error)
                   : !write_one (setting, root_fd, error)))
        return FALSE;
    }
  return TRUE;
}
