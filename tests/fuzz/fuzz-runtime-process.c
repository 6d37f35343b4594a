/* The process file of exec, and the resources of update: the other two documents that a caller
 * hands over. */
#include <string.h>
#include "common/cleanup.h"
#include "fuzz.h"
#include "runtime/plan.h"

static const char container[]
    = "{\"ociVersion\": \"1.3.0\", \"root\": {\"path\": \"r\"},"
      "\"process\": {\"cwd\": \"/\", \"args\": [\"sh\"]},"
      "\"linux\": {\"namespaces\": [{\"type\": \"mount\"}]},"
      "\"annotations\": {\"org.atomichost.landlock\": \"rx:/usr;rw:/tmp\"}}";

static void
plan_process (const rt_process *process, rt_arena *arena)
{
  hd_autojson json = NULL;
  hd_err err = { HD_OK };
  rt_spec spec = { 0 };
  rt_plan plan;

  FUZZ_ASSERT (rt_spec_parse (container, strlen (container), &spec, &json, arena, &err) == 0);
  const rt_exec_input input = { .process = process, .spec = &spec, .id = "id" };
  if (rt_plan_exec (&input, &plan, arena, &err) < 0)
    {
      FUZZ_ASSERT (err.code == HD_CONFIG);
      return;
    }
  FUZZ_ASSERT (plan.steps[plan.count - 1].kind == RT_STEP_EXEC);
  for (size_t i = 0; i < plan.count; i++)
    {
      char line[512];

      rt_step_describe (&plan.steps[i], line, sizeof line);
      FUZZ_ASSERT (strlen (line) < sizeof line);
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  const char *text = (const char *)data;
  rt_auto_arena arena = { 0 };
  hd_autojson process_json = NULL;
  hd_autojson resources_json = NULL;
  hd_err err = { HD_OK };
  rt_process process = { 0 };
  rt_resources resources = { 0 };

  if (rt_spec_parse_process (text, size, &process, &process_json, &arena, &err) == 0)
    {
      if (rt_spec_check_process (&process, "process", &err) == 0)
        plan_process (&process, &arena);
    }
  else
    FUZZ_ASSERT (process_json == NULL && err.code == HD_CONFIG);
  err = (hd_err){ HD_OK };
  if (rt_spec_parse_resources (text, size, &resources, &resources_json, &arena, &err) < 0)
    FUZZ_ASSERT (resources_json == NULL && err.code == HD_CONFIG);
  return 0;
}
