/* a{sv} and JSON objects. The types that are carried are one table. */
#include "client/options.h"

#include <errno.h>
#include <glib.h>

#include "common/cleanup.h"

static int
append_bool (sd_bus_message *message, const hd_json *value)
{
  bool flag = false;
  hd_json_as_bool (value, &flag);
  return sd_bus_message_append (message, "v", "b", (int)flag);
}

static int
append_int (sd_bus_message *message, const hd_json *value)
{
  int64_t number = 0;
  hd_json_as_int64 (value, &number);
  return sd_bus_message_append (message, "v", "x", number);
}

static int
append_string (sd_bus_message *message, const hd_json *value)
{
  const char *text = "";
  hd_json_as_string (value, &text);
  return sd_bus_message_append (message, "v", "s", text);
}

static int
append_strings (sd_bus_message *message, const hd_json *value)
{
  g_autoptr (GPtrArray) words = g_ptr_array_new ();
  for (size_t i = 0; i < hd_json_length (value); i++)
    {
      const char *word;
      if (!hd_json_as_string (hd_json_at (value, i), &word))
        return -EINVAL;
      g_ptr_array_add (words, (char *)word);
    }
  g_ptr_array_add (words, NULL);

  int r = sd_bus_message_open_container (message, 'v', "as");
  if (r >= 0)
    r = sd_bus_message_append_strv (message, (char **)words->pdata);
  return r < 0 ? r : sd_bus_message_close_container (message);
}

static int (*const appenders[]) (sd_bus_message *message, const hd_json *value) = {
  [HD_JSON_BOOL] = append_bool,
  [HD_JSON_INT] = append_int,
  [HD_JSON_STRING] = append_string,
  [HD_JSON_ARRAY] = append_strings,
};

static int
append_option (const char *key, const hd_json *value, void *data)
{
  sd_bus_message *message = data;
  hd_json_type type = hd_json_get_type (value);

  if (type >= G_N_ELEMENTS (appenders) || appenders[type] == NULL)
    return -EINVAL;
  int r = sd_bus_message_open_container (message, 'e', "sv");
  if (r >= 0)
    r = sd_bus_message_append (message, "s", key);
  if (r >= 0)
    r = appenders[type](message, value);
  if (r >= 0)
    r = sd_bus_message_close_container (message);
  return r < 0 ? r : 0;
}

int
hd_options_append (sd_bus_message *message, const hd_json *options)
{
  int r = sd_bus_message_open_container (message, 'a', "{sv}");
  if (r >= 0)
    r = hd_json_each (options, append_option, message);
  return r < 0 ? r : sd_bus_message_close_container (message);
}

static hd_json *
read_bool (sd_bus_message *message)
{
  int flag;
  return sd_bus_message_read_basic (message, 'b', &flag) > 0 ? hd_json_new_bool (flag) : NULL;
}

static hd_json *
read_string (sd_bus_message *message)
{
  const char *text;
  return sd_bus_message_read_basic (message, 's', &text) > 0 ? hd_json_new_string (text) : NULL;
}

static hd_json *
read_int32 (sd_bus_message *message)
{
  int32_t number;
  return sd_bus_message_read_basic (message, 'i', &number) > 0 ? hd_json_new_int (number) : NULL;
}

static hd_json *
read_uint32 (sd_bus_message *message)
{
  uint32_t number;
  return sd_bus_message_read_basic (message, 'u', &number) > 0 ? hd_json_new_int (number) : NULL;
}

static hd_json *
read_int64 (sd_bus_message *message)
{
  int64_t number;
  return sd_bus_message_read_basic (message, 'x', &number) > 0 ? hd_json_new_int (number) : NULL;
}

static hd_json *
read_uint64 (sd_bus_message *message)
{
  uint64_t number;
  return sd_bus_message_read_basic (message, 't', &number) > 0 ? hd_json_new_uint (number) : NULL;
}

static hd_json *
read_strings (sd_bus_message *message)
{
  g_auto (GStrv) words = NULL;
  if (sd_bus_message_read_strv (message, &words) < 0)
    return NULL;
  hd_json *array = hd_json_new_array ();
  for (gsize i = 0; words != NULL && words[i] != NULL; i++)
    hd_json_append (array, hd_json_new_string (words[i]));
  return array;
}

static const struct
{
  const char *signature;
  hd_json *(*read) (sd_bus_message *message);
} readers[] = {
  { "b", read_bool },   { "s", read_string }, { "as", read_strings }, { "i", read_int32 },
  { "u", read_uint32 }, { "x", read_int64 },  { "t", read_uint64 },
};

/* Read the variant that comes next. NULL when its type is not one of the table. */
static hd_json *
read_value (sd_bus_message *message)
{
  const char *signature;
  if (sd_bus_message_peek_type (message, NULL, &signature) <= 0)
    return NULL;
  for (gsize i = 0; i < G_N_ELEMENTS (readers); i++)
    if (g_str_equal (readers[i].signature, signature))
      {
        if (sd_bus_message_enter_container (message, 'v', signature) < 0)
          return NULL;
        hd_autojson value = readers[i].read (message);
        if (value == NULL || sd_bus_message_exit_container (message) < 0)
          return NULL;
        return g_steal_pointer (&value);
      }
  return NULL;
}

static int
refuse (sd_bus_error *ret_error, const char *why, const char *key)
{
  return sd_bus_error_setf (ret_error, SD_BUS_ERROR_INVALID_ARGS, "option \"%s\" %s", key, why);
}

/* Read one entry, of which the container is entered, into `options`. */
static int
read_option (sd_bus_message *message, hd_json *options, sd_bus_error *ret_error)
{
  const char *key;
  int r = sd_bus_message_read_basic (message, 's', &key);
  if (r < 0)
    return r;
  hd_autojson value = read_value (message);
  if (value == NULL)
    return refuse (ret_error, "has a type that is not accepted", key);
  if (hd_json_get_type (value) == HD_JSON_ARRAY && hd_json_length (value) > HD_OPTIONS_MAX_WORDS)
    return refuse (ret_error, "has too many values", key);
  if (hd_json_get (options, key) != NULL)
    return refuse (ret_error, "is given twice", key);
  if (hd_json_length (options) >= HD_OPTIONS_MAX)
    return refuse (ret_error, "is one too many", key);
  hd_json_set (options, key, g_steal_pointer (&value));
  return 0;
}

int
hd_options_read (sd_bus_message *message, hd_json **ret_options, sd_bus_error *ret_error)
{
  hd_autojson options = hd_json_new_object ();
  int r = sd_bus_message_enter_container (message, 'a', "{sv}");
  while (r >= 0 && (r = sd_bus_message_enter_container (message, 'e', "sv")) > 0)
    {
      r = read_option (message, options, ret_error);
      if (r >= 0)
        r = sd_bus_message_exit_container (message);
    }
  if (r >= 0)
    r = sd_bus_message_exit_container (message);
  if (r < 0)
    return r;
  *ret_options = g_steal_pointer (&options);
  return 0;
}
