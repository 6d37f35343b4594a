/* Which containers need a stage before their first process. */
#include "runtime/ns.h"
#include "sample.h"

static void
test_stage (void)
{
#define MAPS                                                                                       \
  "\"uidMappings\": [{\"containerID\": 0, \"hostID\": 7, \"size\": 1}],"                           \
  "\"gidMappings\": [{\"containerID\": 0, \"hostID\": 7, \"size\": 1}]"
  static const struct
  {
    const char *config;
    bool stage;
  } cases[] = {
    { "{\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"pid\"}]}", false },
    { "{\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"network\", \"path\": \"/n\"}]}",
      false },
    /* Only children are in a joined pid or time namespace. */
    { "{\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"pid\", \"path\": \"/n\"}]}", true },
    { "{\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"time\", \"path\": \"/n\"}]}", true },
    { "{\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"user\", \"path\": \"/n\"}]}", true },
    { "{\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"user\"}], " MAPS "}", false },
    /* What a new user namespace does not own must be joined before it. */
    { "{\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"user\"}, "
      "{\"type\": \"ipc\", \"path\": \"/n\"}], " MAPS "}",
      true },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *config = sample_config ("linux", cases[i].config);
      g_autoptr (sample) s = sample_parse (config);

      g_test_message ("%s", cases[i].config);
      g_assert_true (rt_ns_needs_stage (&s->spec) == cases[i].stage);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ns/stage", test_stage);
  return g_test_run ();
}
