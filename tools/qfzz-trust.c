/* qfzz-trust - who said what about which music: signed records, mined into a chain that travels as files, and the scores
 * that follow from it. One act of cli/trust.h for each word of the command. */
#include "cli/cli.h"
#include "cli/store.h"
#include "cli/trust.h"

#include <string.h>

struct trust_opts trust_opts = { .bits = -1, .interval_s = 600, .threads = 1, .count = 20, .half_life_days = 730, .min = 0.5, .weight = 1 };

static const struct cli_opt opts[] = {
	{ CLI_TEXT, 'k', "key", "FILE", "secret key that signs (init, add, checkpoint)", &trust_opts.key, 0, 0, NULL },
	{ CLI_TEXT, 0, "passphrase-file", "FILE", "first line: the passphrase of the key", &trust_opts.passphrase_file, 0, 0, NULL },
	{ CLI_TEXT, 0, "name", "NAME", "of a new chain: a-z, 0-9, '.' and '-' (init)", &trust_opts.name, 0, 0, NULL },
	{ CLI_TEXT, 0, "anchors", "KEYS", "public keys that trust flows from, with commas (init) [the key that signs]", &trust_opts.anchors, 0, 0, NULL },
	{ CLI_INT, 0, "bits", "N", "zero bits of a block's hash: at least (init) [16], or more than asked (mine)", &trust_opts.bits, 0, QF_BLOCK_BITS_MAX, NULL },
	{ CLI_INT, 0, "interval", "SECONDS", "that blocks should be apart (init) [600]", &trust_opts.interval_s, 1, 100000000, NULL },
	{ CLI_TEXT, 0, "node", "NAME", "of this node in blocks and cosignatures [qfzz]", &trust_opts.node, 0, 0, NULL },
	{ CLI_INT, 0, "stars", "N", "of a rating: 1 to 5 (add)", &trust_opts.stars, 1, 5, NULL },
	{ CLI_TEXT, 0, "manifest", "FILE", "sha256sum's list of a dataset's files: hash them all, then speak of it (add)", &trust_opts.manifest, 0, 0, NULL },
	{ CLI_TEXT, 0, "folder", "FOLDER", "where the files of --manifest lie (add) [where it stands]", &trust_opts.folder, 0, 0, NULL },
	{ CLI_FLAG, 0, "from-events", NULL, "tell what --user heard, likes and dislikes, by day (add)", &trust_opts.from_events, 0, 0, NULL },
	{ CLI_TEXT, 'u', "user", "NAME", "whose events, under the pseudonymous --key [me]", &trust_opts.user, 0, 0, NULL },
	{ CLI_FLAG, 0, "consent", NULL, "the user agrees that what is mined and exported cannot be recalled", &trust_opts.consent, 0, 0, NULL },
	{ CLI_INT, 0, "threads", "N", "that mine, or check signatures [1]", &trust_opts.threads, 1, 64, NULL },
	{ CLI_NUM, 0, "max-seconds", "S", "give up a block after so long (mine) [never]", &trust_opts.max_seconds, 0.001, 1e9, NULL },
	{ CLI_TEXT, 0, "kernel", "NAME", "sha-ni, avx2 or plain (mine) [the fastest here]", &trust_opts.kernel, 0, 0, NULL },
	{ CLI_FLAG, 0, "signatures", NULL, "check them as well as hashes (verify)", &trust_opts.signatures, 0, 0, NULL },
	{ CLI_FLAG, 0, "full", NULL, "what was verified before, too (verify)", &trust_opts.full, 0, 0, NULL },
	{ CLI_TEXT, 0, "checkpoint", "FILE", "that the chain must hold to (verify, merge), or to prove against (prove)", &trust_opts.checkpoint, 0, 0, NULL },
	{ CLI_TEXT, 0, "witness", "KEY", "public key that signed the checkpoint [who began the chain]", &trust_opts.witness, 0, 0, NULL },
	{ CLI_TEXT, 0, "cosign", "FILE", "add a witness's line to this checkpoint (checkpoint)", &trust_opts.cosign, 0, 0, NULL },
	{ CLI_TEXT, 'o', "output", "FILE", "write FILE, whole or not at all (export, prove, checkpoint) [standard output]", &trust_opts.output, 0, 0, NULL },
	{ CLI_FLAG, 0, "pool", NULL, "what waits to be mined instead of the chain (export)", &trust_opts.pool, 0, 0, NULL },
	{ CLI_TEXT, 0, "peer", "KEY", "public key of a node that this one trusts by --weight (merge)", &trust_opts.peer, 0, 0, NULL },
	{ CLI_NUM, 0, "weight", "W", "0 to 1 [1]", &trust_opts.weight, 0, 1, NULL },
	{ CLI_NUM, 0, "min", "X", "least trust of a row that goes on, 0 to 1 (filter) [0.5]", &trust_opts.min, 0, 1, NULL },
	{ CLI_INT, 0, "as-of", "EPOCH", "scores at that time, in seconds since 1970 [the clock]", &trust_opts.as_of, 1, 9007199254740992.0, NULL },
	{ CLI_NUM, 0, "half-life", "DAYS", "after which a record counts half; 0: never [730]", &trust_opts.half_life_days, 0, 36525, NULL },
	{ CLI_FLAG, 0, "explain", NULL, "list the evidence (score, top)", &trust_opts.explain, 0, 0, NULL },
	{ CLI_INT, 'n', "count", "N", "how many (log, top) [20]", &trust_opts.count, 1, 1000000000, NULL },
	{ .kind = CLI_END }
};
static const struct cli_column columns[] = {
	{ "what", "target|hash|id|chain|key|file", 40 }, { "block", "block", -6 }, { "action", "action", 12 }, { "score", "score", -8 },
	{ "ledger", "ledger", -8 }, { "records", "records", -8 }, { .head = NULL }
};
static const char *const examples[] = {
	"qfzz trust keygen station.key",
	"qfzz trust init --name radio.example --key station.key",
	"qfzz trust add rating track:17 --stars 5 --key ana.key",
	"qfzz query genre:jazz | qfzz trust add interaction - --key ana.key",
	"qfzz trust add --from-events --user ana --key pseudonym.key --consent",
	"qfzz trust mine --threads 2 --max-seconds 60",
	"qfzz trust verify --signatures --threads 2",
	"qfzz trust checkpoint --key station.key -o station.note",
	"qfzz trust export -o chain.ndjson && scripts/verify-chain.sh chain.ndjson",
	"qfzz trust merge --checkpoint other.note other.ndjson",
	"qfzz trust prove 3fa1 -o rating.proof && qfzz trust check-proof rating.proof",
	"qfzz trust score track:17 artist:Ann --explain",
	"qfzz recommend --user me | qfzz trust filter --min 0.5 -",
	NULL
};
static const struct cli_tool tool = {
	.verb = "trust", .stage = "judge", .purpose = "sign, mine, verify and exchange who said what, and score by it",
	.operands = "ACT [OPERAND…]", .reads = "track.v1",
	.writes = "trust-key.v1 trust-block.v1 trust-record.v1 trust-verify.v1 trust-merge.v1 trust-proof.v1 trust-proven.v1 trust-score.v1 track.v1",
	.common = CLI_CATALOG | CLI_FORMAT | CLI_HOLD, .opts = opts, .columns = columns, .examples = examples,
	.notes = "Acts: keygen FILE · init · add ACTION TARGET|- · import FILE|- (records into the pool) · mine · verify [FILE|-] ·\n"
		 "log · show RECORD…|block:N · prove RECORD · check-proof FILE|- · checkpoint · export · merge FILE|- · score TARGET… ·\n"
		 "filter - · top. Actions: interaction, rating, verification, report, vouch, retraction. Targets: track:NUMBER,\n"
		 "dataset:NAME, artist:NAME, or track:, dataset: or creator: and 64 hexadecimal digits. A verification that fails is exit 4.\n"
		 "What is signed, mined and exported cannot be recalled. Proof of work limits a rate and breaks ties; that nothing\n"
		 "was changed rests on signatures and checkpoints.",
};

enum needs { NOTHING, TO_READ, TO_WRITE, UNLESS_FILE };
static const struct {
	const char *name;
	enum needs catalog;
	int (*run)(struct qf_catalog *c);
} acts[] = {
	{ "keygen", NOTHING, trust_keygen }, { "init", TO_WRITE, trust_init }, { "add", TO_WRITE, trust_add },
	{ "import", TO_WRITE, trust_import }, { "mine", TO_WRITE, trust_mine }, { "verify", UNLESS_FILE, trust_verify },
	{ "log", TO_READ, trust_log }, { "show", TO_READ, trust_show }, { "prove", TO_READ, trust_prove },
	{ "check-proof", NOTHING, trust_check_proof }, { "checkpoint", TO_WRITE, trust_checkpoint }, { "export", TO_READ, trust_export },
	{ "merge", TO_WRITE, trust_merge }, { "score", TO_READ, trust_score }, { "filter", TO_READ, trust_filter }, { "top", TO_READ, trust_top },
};

int main(int argc, char **argv)
{
	struct qf_catalog *c = NULL;
	struct qf_err e = { 0 };
	size_t i = 0, n = sizeof acts / sizeof *acts;
	int code;

	cli_start(&tool, argc, argv);
	if (cli.n_operands == 0)
		cli_misuse("which act? keygen, init, add, import, mine, verify, log, show, prove, check-proof, checkpoint, export, merge, score, filter, top");
	while (i < n && strcmp(acts[i].name, cli.operands[0]) != 0)
		i++;
	if (i == n)
		cli_misuse("'%s' is no act of trust", cli.operands[0]);
	if (acts[i].catalog != NOTHING && !(acts[i].catalog == UNLESS_FILE && cli.n_operands > 1) &&
	    cli_catalog_open(&c, acts[i].catalog == TO_WRITE ? QF_CATALOG_WRITE : QF_CATALOG_READ, &e) != QF_OK)
		return cli_finish(cli_die(&e));
	code = acts[i].run(c);
	qf_catalog_close(c);
	return cli_finish(code);
}
