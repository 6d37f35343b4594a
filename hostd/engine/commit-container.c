/* The image's configuration, the container's own Config over it, then --change. */
#include "engine/commit-container.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/error.h"
#include "base/words.h"
#include "common/cleanup.h"
#include "engine/container-event.h"
#include "engine/container-lock.h"
#include "engine/image.h"
#include "engine/monitor-link.h"
#include "engine/status.h"

/* Lists */

static char **
list_of (const hd_json *json)
{
  GPtrArray *list = g_ptr_array_new ();
  for (gsize i = 0; i < hd_json_length (json); i++)
    {
      const char *text;
      if (hd_json_as_string (hd_json_at (json, i), &text))
        g_ptr_array_add (list, g_strdup (text));
    }
  if (list->len == 0)
    {
      g_ptr_array_unref (list);
      return NULL;
    }
  g_ptr_array_add (list, NULL);
  return (char **)g_ptr_array_free (list, FALSE);
}

static void
take_list (char ***place, const hd_json *json)
{
  g_strfreev (*place);
  *place = list_of (json);
}

static void
take_text (char **place, const char *text)
{
  g_free (*place);
  *place = text != NULL && *text != '\0' ? g_strdup (text) : NULL;
}

static int
add_key (const char *key, const hd_json *value, void *data)
{
  g_ptr_array_add (data, g_strdup (key));
  return 0;
}

static int
add_pair (const char *key, const hd_json *value, void *data)
{
  const char *text = "";
  hd_json_as_string (value, &text);
  g_ptr_array_add (data, g_strconcat (key, "=", text, NULL));
  return 0;
}

static void
take_members (char ***place, const hd_json *json,
              int (*add) (const char *, const hd_json *, void *))
{
  GPtrArray *list = g_ptr_array_new ();
  if (json != NULL)
    hd_json_each (json, add, list);
  g_ptr_array_add (list, NULL);
  g_strfreev (*place);
  *place = (char **)g_ptr_array_free (list, FALSE);
}

static void
take_config (HdImageConfig *to, const hd_json *config)
{
  take_text (&to->user, hd_json_get_string (config, "User", NULL));
  take_text (&to->working_dir, hd_json_get_string (config, "WorkingDir", NULL));
  take_text (&to->stop_signal, hd_json_get_string (config, "StopSignal", NULL));
  take_list (&to->env, hd_json_get (config, "Env"));
  take_list (&to->cmd, hd_json_get (config, "Cmd"));
  take_list (&to->entrypoint, hd_json_get (config, "Entrypoint"));
  take_members (&to->exposed_ports, hd_json_get (config, "ExposedPorts"), add_key);
  take_members (&to->volumes, hd_json_get (config, "Volumes"), add_key);
  take_members (&to->labels, hd_json_get (config, "Labels"), add_pair);
}

/* Changes */

/* A JSON array of strings, or a line for the shell. */
static gboolean
take_command (char ***place, const char *text, GError **error)
{
  const char *const shell[] = { "/bin/sh", "-c", text, NULL };
  hd_err err = { 0 };
  if (*text != '[')
    {
      g_strfreev (*place);
      *place = g_strdupv ((char **)shell);
      return TRUE;
    }
  hd_autojson json = hd_json_parse (text, strlen (text), &err);
  if (json == NULL || hd_json_get_type (json) != HD_JSON_ARRAY)
    return hd_throw (error, HD_USAGE, NULL, "--change: \"%s\" is no list", text);
  take_list (place, json);
  return TRUE;
}

/* Replace "KEY=..." in a list, or add it. */
static void
put_pair (char ***place, const char *pair)
{
  GPtrArray *list = g_ptr_array_new ();
  gsize length = strcspn (pair, "=") + 1;
  for (char **entry = *place; entry != NULL && *entry != NULL; entry++)
    if (strncmp (*entry, pair, length) != 0)
      g_ptr_array_add (list, g_strdup (*entry));
  g_ptr_array_add (list, g_strdup (pair));
  g_ptr_array_add (list, NULL);
  g_strfreev (*place);
  *place = (char **)g_ptr_array_free (list, FALSE);
}

/* "A=b C=\"d e\"", or the old form "A b". */
static gboolean
take_pairs (char ***place, const char *text, GError **error)
{
  g_autoptr (GPtrArray) words = g_ptr_array_new_with_free_func (g_free);
  gsize quote;
  if (!hd_words_split (text, words, &quote) || words->len == 0)
    return hd_throw (error, HD_USAGE, NULL, "--change: \"%s\" is not understood", text);
  if (strchr (g_ptr_array_index (words, 0), '=') == NULL)
    {
      gsize length = strcspn (text, " \t");
      const char *value = text + length + strspn (text + length, " \t");
      g_autofree char *name = g_strndup (text, length);
      g_autofree char *pair = g_strconcat (name, "=", value, NULL);
      put_pair (place, pair);
      return TRUE;
    }
  for (guint i = 0; i < words->len; i++)
    put_pair (place, g_ptr_array_index (words, i));
  return TRUE;
}

static gboolean
take_words (char ***place, const char *text, const char *suffix, GError **error)
{
  g_autoptr (GPtrArray) words = g_ptr_array_new_with_free_func (g_free);
  gsize quote;
  if (!hd_words_split (text, words, &quote) || words->len == 0)
    return hd_throw (error, HD_USAGE, NULL, "--change: \"%s\" is not understood", text);
  for (guint i = 0; i < words->len; i++)
    {
      const char *word = g_ptr_array_index (words, i);
      g_autofree char *whole = g_strconcat (word, strchr (word, '/') == NULL ? suffix : "", NULL);
      put_pair (place, whole);
    }
  return TRUE;
}

gboolean
hd_commit_apply (HdImageConfig *config, const char *change, GError **error)
{
  gsize length = strcspn (change, " \t");
  const char *rest = change + length + strspn (change + length, " \t");
  g_autofree char *word = g_ascii_strup (change, (gssize)length);
  if (*rest == '\0')
    return hd_throw (error, HD_USAGE, NULL, "--change: \"%s\" says nothing", change);
  if (strcmp (word, "CMD") == 0)
    return take_command (&config->cmd, rest, error);
  if (strcmp (word, "ENTRYPOINT") == 0)
    return take_command (&config->entrypoint, rest, error);
  if (strcmp (word, "ENV") == 0)
    return take_pairs (&config->env, rest, error);
  if (strcmp (word, "LABEL") == 0)
    return take_pairs (&config->labels, rest, error);
  if (strcmp (word, "EXPOSE") == 0)
    return take_words (&config->exposed_ports, rest, "/tcp", error);
  if (strcmp (word, "VOLUME") == 0)
    return take_words (&config->volumes, rest, "", error);
  if (strcmp (word, "USER") == 0)
    take_text (&config->user, rest);
  else if (strcmp (word, "WORKDIR") == 0)
    take_text (&config->working_dir, rest);
  else if (strcmp (word, "STOPSIGNAL") == 0)
    take_text (&config->stop_signal, rest);
  else
    return hd_throw (error, HD_USAGE,
                     "CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, STOPSIGNAL, USER, VOLUME or WORKDIR",
                     "--change: \"%s\" is not possible", word);
  return TRUE;
}

/* The image */

static HdImageConfig *
make_config (HdStore *store, const HdContainer *container, const HdCommitRequest *request,
             GError **error)
{
  g_autoptr (HdImageConfig) config = NULL;
  if (container->image != NULL)
    {
      g_autoptr (HdImage) image = hd_image_find (store, container->image, error);
      config = image != NULL ? hd_image_config (store, image, error) : NULL;
    }
  else
    config = hd_image_config_new ();
  if (config == NULL)
    return NULL;
  take_config (config, hd_container_config (container));
  for (const char *const *change = request->changes; *change != NULL; change++)
    if (!hd_commit_apply (config, *change, error))
      return NULL;
  return g_steal_pointer (&config);
}

static char *
commit (HdStore *store, const HdContainer *container, const HdCommitRequest *request,
        GError **error)
{
  g_autofree char *folder = hd_container_folder (store, container->id);
  g_autofree char *upper = g_build_filename (folder, "upper", NULL);
  g_autoptr (HdImageConfig) config = make_config (store, container, request, error);
  if (config == NULL)
    return NULL;
  hd_autofd tree = open (upper, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (tree < 0)
    {
      hd_throw_errno (error, errno, "opening %s", upper);
      return NULL;
    }
  const HdImageCommit image_commit = {
    .base = container->image,
    .tree_fd = tree,
    .config = config,
    .name = request->name,
    .author = request->author,
    .comment = request->comment,
  };
  g_autoptr (HdImage) image = hd_image_commit (store, &image_commit, error);
  return image != NULL ? g_strdup (image->id) : NULL;
}

char *
hd_commit_container (HdStore *store, const char *name, const HdCommitRequest *request,
                     GError **error)
{
  g_autoptr (HdContainer) container = NULL;
  g_auto (HdStatusNow) now = { .lives = FALSE };
  hd_autofd lock = hd_container_lock_named (store, name, &container, error);
  if (lock < 0 || !hd_status_now (store, container->id, &now, error))
    return NULL;
  if (container->image == NULL)
    {
      hd_throw (error, HD_USAGE, "use export and import",
                "container %s was started from a folder, not from an image", container->name);
      return NULL;
    }
  gboolean freeze
      = request->pause && hd_status_now_is_running (&now) && now.state.status == MON_RUNNING;
  if (freeze && !hd_monitor_ask (store, container, MON_PAUSE, 0, 0, error))
    return NULL;
  char *id = commit (store, container, request, error);
  if (freeze)
    hd_monitor_ask (store, container, MON_RESUME, 0, 0, NULL);
  if (id != NULL)
    hd_container_event (store, container, "commit", "imageID", id);
  return id;
}
