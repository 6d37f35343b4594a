/* 64 adjectives, 64 birds. */
#include "engine/wordlist.h"

static const char *const adjectives[64] = {
  "able",   "agile",  "amber", "ample", "azure",  "bold",   "brave",  "brief",  "bright",  "brisk",
  "calm",   "candid", "civil", "clear", "clever", "coral",  "crisp",  "daring", "deft",    "eager",
  "early",  "exact",  "fair",  "fine",  "firm",   "fleet",  "fond",   "frank",  "fresh",   "gentle",
  "glad",   "golden", "grand", "hardy", "honest", "ideal",  "ivory",  "jolly",  "keen",    "kind",
  "lively", "loyal",  "lucid", "merry", "mild",   "modest", "neat",   "noble",  "patient", "placid",
  "polite", "prompt", "proud", "quick", "quiet",  "ready",  "robust", "serene", "silver",  "steady",
  "sunny",  "tidy",   "vivid", "wise",
};

static const char *const birds[64] = {
  "auk",    "avocet",    "bittern", "blackbird", "bunting", "buzzard", "chaffinch",  "chough",
  "coot",   "cormorant", "crane",   "crow",      "cuckoo",  "curlew",  "dipper",     "dove",
  "dunlin", "dunnock",   "eagle",   "egret",     "eider",   "falcon",  "fieldfare",  "finch",
  "fulmar", "gannet",    "goose",   "grebe",     "gull",    "harrier", "hawk",       "heron",
  "hobby",  "hoopoe",    "ibis",    "jackdaw",   "jay",     "kestrel", "kingfisher", "kite",
  "knot",   "lapwing",   "lark",    "linnet",    "magpie",  "martin",  "merlin",     "nightjar",
  "oriole", "osprey",    "owl",     "pipit",     "plover",  "puffin",  "raven",      "redstart",
  "robin",  "sandpiper", "shrike",  "swallow",   "swift",   "tern",    "thrush",     "wren",
};

char *
hd_wordlist_name (guint32 number)
{
  const char *adjective = adjectives[number % 64], *bird = birds[number / 64 % 64];
  guint32 digits = number >> 12;
  if (digits % 4 != 0)
    return g_strdup_printf ("%s_%s", adjective, bird);
  return g_strdup_printf ("%s_%s%u", adjective, bird, digits);
}
