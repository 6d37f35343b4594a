/* config.json of a container: what is accepted has a plan that ends in exec and can be told; what
 * is refused says why. */
#include <string.h>
#include "common/cleanup.h"
#include "fuzz.h"
#include "runtime/plan.h"
#include "runtime/seccomp.h"

static void
check_plan (const rt_plan *plan)
{
  size_t n_idmaps = 0;

  FUZZ_ASSERT (plan->count > 0 && plan->steps[plan->count - 1].kind == RT_STEP_EXEC);
  for (size_t i = 0; i < plan->count; i++)
    {
      const rt_step *step = &plan->steps[i];
      char line[64];

      rt_step_describe (step, line, sizeof line);
      FUZZ_ASSERT (strlen (line) < sizeof line);
      if (step->kind == RT_STEP_MOUNT || step->kind == RT_STEP_BIND)
        {
          FUZZ_ASSERT (step->as.mount->type != NULL && step->as.mount->target[0] != '\0');
          n_idmaps += step->as.mount->idmap >= 0;
        }
      if (step->kind == RT_STEP_DEVICE)
        FUZZ_ASSERT (strchr (step->as.device->name, '/') == NULL
                     && step->as.device->name[0] != '\0');
    }
  FUZZ_ASSERT (n_idmaps == plan->n_idmaps);
  for (size_t i = 0; i < n_idmaps; i++)
    FUZZ_ASSERT (plan->idmaps[i]->source[0] == '/');
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  rt_auto_arena arena = { 0 };
  hd_autojson json = NULL;
  hd_err err = { HD_OK };
  rt_spec spec = { 0 };
  rt_plan plan;
  char digest[65];

  if (rt_spec_parse ((const char *)data, size, &spec, &json, &arena, &err) < 0)
    {
      FUZZ_ASSERT (json == NULL && err.code == HD_CONFIG && err.message[0] != '\0');
      return 0;
    }
  FUZZ_ASSERT (json != NULL && err.code == HD_OK);
  const rt_plan_input input = { .spec = &spec, .id = "id", .rootfs = "/b/r", .bundle = "/b" };
  if (rt_plan_container (&input, &plan, &arena, &err) < 0)
    FUZZ_ASSERT (err.code == HD_CONFIG && err.message[0] != '\0');
  else
    check_plan (&plan);
  if (spec.linux_->seccomp != NULL)
    rt_seccomp_digest (spec.linux_->seccomp, digest);
  return 0;
}
