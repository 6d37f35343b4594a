#include "kickstart/accounts-root.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/output.h"
#include "common/cleanup.h"
#include "common/fs.h"
#include "kickstart/root.h"

#define MAX_BYTES (4 << 20)

static const struct
{
  const char *name;
  mode_t mode; /* when it is not there yet */
} files[HD_KS_N_ETC_FILES] = {
  [HD_KS_ETC_PASSWD] = { "passwd", 0644 },
  [HD_KS_ETC_GROUP] = { "group", 0644 },
  [HD_KS_ETC_SHADOW] = { "shadow", 0600 },
  [HD_KS_ETC_GSHADOW] = { "gshadow", 0600 },
};

static int
open_etc (const char *root, int *ret_root, GError **error)
{
  int etc;

  *ret_root = open (root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (*ret_root < 0)
    {
      hd_throw_errno (error, errno, "cannot open %s", root);
      return -1;
    }
  etc = hd_fs_open_in (*ret_root, "etc", O_RDONLY | O_DIRECTORY, 0, 0);
  if (etc < 0)
    hd_throw_errno (error, -etc, "cannot open %s/etc", root);
  return etc;
}

/* The text of a table; "" when it may be missing, and is. */
static char *
read_table (int etc, HdKsEtcFile table, GError **error)
{
  hd_autofree char *text = NULL;
  int r = hd_fs_read (etc, files[table].name, MAX_BYTES, &text, NULL);

  if (r == -ENOENT && (table == HD_KS_ETC_SHADOW || table == HD_KS_ETC_GSHADOW))
    return g_strdup ("");
  if (r < 0)
    {
      hd_throw_errno (error, -r, "cannot read /etc/%s of the host", files[table].name);
      return NULL;
    }
  return g_strdup (text);
}

HdKsAccounts *
hd_ks_accounts_read (const char *root, GError **error)
{
  hd_autofd root_fd = -1;
  hd_autofd etc = open_etc (root, &root_fd, error);
  g_auto (GStrv) texts = g_new0 (char *, HD_KS_N_ETC_FILES + 1);

  if (etc < 0)
    return NULL;
  for (int i = 0; i < HD_KS_N_ETC_FILES; i++)
    {
      texts[i] = read_table (etc, (HdKsEtcFile)i, error);
      if (texts[i] == NULL)
        return NULL;
    }
  return hd_ks_accounts_new ((const char *const *)texts);
}

/* ---- Writing ---- */

/* Replace a table that differs; owner and mode stay. */
static int
write_table (int etc, HdKsEtcFile table, const char *text)
{
  const char *name = files[table].name;
  hd_autofree char *old = NULL;
  struct stat st = { .st_mode = files[table].mode, .st_uid = geteuid (), .st_gid = getegid () };
  int r = hd_fs_read (etc, name, MAX_BYTES, &old, NULL);

  if (r < 0 && r != -ENOENT)
    return r;
  if (strcmp (old != NULL ? old : "", text) == 0)
    return 0;
  if (r == 0 && fstatat (etc, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
    return -errno;
  r = hd_fs_replace (etc, name, text, strlen (text), 0600);
  if (r == 0
      && (fchownat (etc, name, st.st_uid, st.st_gid, AT_SYMLINK_NOFOLLOW) < 0
          || fchmodat (etc, name, st.st_mode & 07777, 0) < 0))
    r = -errno;
  return r;
}

/* Write a file of the user's. */
static int
write_own (int folder, const char *name, const char *data, size_t size, mode_t mode,
           const HdKsHome *home)
{
  int r = hd_fs_replace (folder, name, data, size, mode);

  if (r == 0 && fchownat (folder, name, home->uid, home->gid, AT_SYMLINK_NOFOLLOW) < 0)
    r = -errno;
  return r;
}

/* Copy the files of /etc/skel, which has no folders on our hosts. */
static int
copy_skeleton (int etc, int folder, const HdKsHome *home)
{
  int skeleton = openat (etc, "skel", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  DIR *entries = skeleton >= 0 ? fdopendir (skeleton) : NULL;
  struct dirent *entry;
  int r = 0;

  if (entries == NULL)
    {
      r = skeleton < 0 && errno == ENOENT ? 0 : -errno;
      if (skeleton >= 0)
        close (skeleton);
      return r;
    }
  while (r == 0 && (entry = readdir (entries)) != NULL)
    {
      hd_autofree char *data = NULL;
      size_t size;
      struct stat st;
      if (fstatat (skeleton, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG (st.st_mode))
        continue;
      r = hd_fs_read (skeleton, entry->d_name, MAX_BYTES, &data, &size);
      if (r == 0)
        r = write_own (folder, entry->d_name, data, size, st.st_mode & 0777, home);
    }
  closedir (entries);
  return r;
}

/* Add the keys that authorized_keys does not have. */
static int
add_keys (int folder, const HdKsHome *home)
{
  hd_autofd ssh = -1;
  hd_autofree char *old = NULL;
  g_autoptr (GString) text = NULL;
  g_auto (GStrv) lines = NULL;
  int r;

  if (mkdirat (folder, ".ssh", 0700) == 0)
    {
      if (fchownat (folder, ".ssh", home->uid, home->gid, AT_SYMLINK_NOFOLLOW) < 0)
        return -errno;
    }
  else if (errno != EEXIST)
    return -errno;
  ssh = openat (folder, ".ssh", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (ssh < 0)
    return -errno;
  r = hd_fs_read (ssh, "authorized_keys", MAX_BYTES, &old, NULL);
  if (r < 0 && r != -ENOENT)
    return r;
  text = g_string_new (r < 0 ? "" : old);
  lines = g_strsplit (text->str, "\n", -1);
  if (text->len > 0 && text->str[text->len - 1] != '\n')
    g_string_append_c (text, '\n');
  for (guint i = 0; i < home->keys->len; i++)
    if (!g_strv_contains ((const char *const *)lines, g_ptr_array_index (home->keys, i)))
      g_string_append_printf (text, "%s\n", (const char *)g_ptr_array_index (home->keys, i));
  return write_own (ssh, "authorized_keys", text->str, text->len, 0600, home);
}

static int
make_home (int root_fd, int etc, const HdKsHome *home)
{
  gboolean made;
  hd_autofd folder = hd_ks_root_open_folder (root_fd, home->path, 0700, &made);
  int r = folder;

  if (r >= 0 && made && fchown (folder, home->uid, home->gid) < 0)
    r = -errno;
  if (r >= 0 && made)
    r = copy_skeleton (etc, folder, home);
  if (r >= 0 && home->keys->len > 0)
    r = add_keys (folder, home);
  return r;
}

gboolean
hd_ks_accounts_write (const HdKsAccounts *accounts, const char *root, GError **error)
{
  hd_autofd root_fd = -1;
  hd_autofd etc = open_etc (root, &root_fd, error);

  if (etc < 0)
    return FALSE;
  for (int i = 0; i < HD_KS_N_ETC_FILES; i++)
    {
      g_autofree char *text = hd_ks_accounts_text (accounts, (HdKsEtcFile)i);
      int r = write_table (etc, (HdKsEtcFile)i, text);
      if (r < 0)
        return hd_throw_errno (error, -r, "cannot write /etc/%s of the host", files[i].name);
    }
  for (guint i = 0; i < accounts->homes->len; i++)
    {
      const HdKsHome *home = g_ptr_array_index (accounts->homes, i);
      int r = make_home (root_fd, etc, home);
      if (r < 0)
        return hd_throw_errno (error, -r, "cannot make %s, the home of %s", home->path, home->user);
    }
  return TRUE;
}

void
hd_ks_accounts_print (const HdKsAccounts *accounts, FILE *out)
{
  for (guint i = 0; i < accounts->homes->len; i++)
    {
      const HdKsHome *home = g_ptr_array_index (accounts->homes, i);
      g_autofree char *user = hd_printable (home->user);
      g_autofree char *path = hd_printable (home->path);
      fprintf (out, "user %s %u:%u %s, %u keys\n", user, home->uid, home->gid, path,
               home->keys->len);
    }
}
