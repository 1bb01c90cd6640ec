/* nsp.h - Navidrome's smart playlists (.nsp, JSON) as queries.
 *
 *     { "all": [ { "is": { "genre": "Jazz" } }, { "inTheLast": { "lastPlayed": 30 } } ], "sort": "-year", "limit": 50 }
 *
 * Read as Navidrome's model/criteria reads them: all and any, nested; is isNot gt lt contains notContains
 * startsWith endsWith inTheRange before after inTheLast notInTheLast isMissing isPresent; sort (several with commas, "-" or
 * "+" in front, or "random"), order, limit, limitPercent (1 to 100; limit goes before it); field names in any case. What a
 * catalog cannot answer is refused by its line and name, never passed over: inPlaylist and notInPlaylist, for Navidrome's
 * playlists are not in it, and fields such as rating. name and comment are left out. */
#ifndef QF_QUERY_NSP_H
#define QF_QUERY_NSP_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "query/query.h"

/* Parse; `now` in seconds since the epoch. Nodes and texts live in the arena.
 *   QF_EFORMAT      no JSON, or not of this form
 *   QF_EUNSUPPORTED an operator or a field that is not known here
 *   QF_EINVAL       more than QF_QUERY_TERMS conditions; a value that does not suit its field
 *   QF_ENOMEM */
enum qf_status qf_nsp_parse(struct qf_query *q, struct qf_span text, int64_t now, struct qf_arena *a, struct qf_err *e);

#endif
