/* A template from a command line, over values of every kind. */
#include <stdint.h>
#include <string.h>

#include "common/cleanup.h"
#include "engine/format.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static const char values[]
    = "{\"A\":\"text\",\"B\":[1,\"x\",null,true,[2]],\"C\":{\"D\":{\"E\":[{\"F\":1.5}]}},\"G\":-1}";

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *)data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (HdFormat) format = hd_format_parse (text, &error);
  if (format == NULL)
    return 0;
  hd_autojson dot = hd_json_parse (values, strlen (values), NULL);
  g_autoptr (GString) out = g_string_new (NULL);
  hd_format_write (format, dot, NULL, out, &error);
  return 0;
}
