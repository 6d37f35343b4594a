/* WWW-Authenticate: what a registry wants before it answers. Pure.
 *
 * Grammar: RFC 9110, section 11.6.1; the parameters of Bearer: the distribution project's "Token
 * Authentication Specification".
 */
#pragma once

#include <glib.h>

/* Longer headers are taken for none. */
#define HD_CHALLENGE_MAX_BYTES 8192

typedef enum
{
  HD_CHALLENGE_NONE, /* nothing that is known */
  HD_CHALLENGE_BASIC,
  HD_CHALLENGE_BEARER
} HdChallengeScheme;

typedef struct
{
  HdChallengeScheme scheme;
  char *realm;   /* of Bearer: where tokens are given; never NULL for it */
  char *service; /* or NULL */
  char *scope;   /* or NULL */
} HdChallenge;

/* Parse a header's value, which may hold several challenges; Bearer is preferred. Never fails: what
 * is malformed is passed over. */
void hd_challenge_parse (const char *value, HdChallenge *ret);
void hd_challenge_clear (HdChallenge *challenge);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (HdChallenge, hd_challenge_clear)
