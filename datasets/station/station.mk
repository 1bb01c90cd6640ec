# station.mk - rebuilds a station from its folders of music: what changed since the last time, and no more.
#
#     make -f station.mk                   in the folder of station.conf; -j2 and more is fine, -s says nothing that went well
#     make -f station.mk DAY=2026-11-21    for that day, in place of today
#
# Stages are rules. Each leaves a file in work/ when it is done, last of all, so that make knows by the times of these files what is to be
# done again, and a run that was killed at any moment goes on where it was. What listeners get is in out/.
#
#     scan -> features -> gate -> trust
#        `-> events -> train  `-> encode -> lists for devices
#                             `-> lists, programme
#
# Exit codes of the tools: 1, some files failed (each was named, once), is no reason to stop; 4 of the gate keeps a dataset off the
# air and stops nothing else; all others stop what comes behind them, 75 (the catalog stayed busy for WAIT seconds) too, until the next run.
#
# Time is the midnight with which DAY begins, for all that is made: the same music, histories and settings give the same bytes, however often a
# run was begun. No name of a music file or folder stands here or in work/settings.mk: recipes ask `qfzz station get` for them.

CONF ?= station.conf
QFZZ ?= qfzz
WAIT ?= 600

SHELL        := /bin/bash
.SHELLFLAGS  := -euo pipefail -c
MAKEFLAGS    += -rR --no-print-directory
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:
.SUFFIXES:
.PHONY: all scan gone FORCE

include work/settings.mk
work/settings.mk: FORCE # whose time stays if nothing changed
	@mkdir -p work
	@$(QFZZ) station settings --conf '$(CONF)' -o $@

get := $(QFZZ) station get --conf '$(CONF)'
export QFZZ_CATALOG := $(shell $(get) station.catalog)
clock := $(if $(TZ),TZ=$(TZ)) date
ifeq ($(DAY),)
DAY   := $(shell $(clock) +%F)# once: a run may see midnight
endif
export SOURCE_DATE_EPOCH := $(shell $(clock) -d '$(DAY)' +%s)
$(if $(SOURCE_DATE_EPOCH),,$(error DAY=$(DAY) is no day like 2026-11-21))

# What recipes share: one line of what is done; what exit code 1 means; the same, with remarks for work/ and not for cron's mail; a whole file in
# place of an old one; the same, but a file that would not change keeps its time.
say    = $(if $(findstring s,$(filter-out --%,$(firstword -$(MAKEFLAGS)))),:,echo)
fine   = || { code=$$?; [ $$code = 1 ] || exit $$code; }
logged = 2> $@.log || { code=$$?; [ $$code = 1 ] || { cat $@.log >&2; exit $$code; }; }
settle = sync $@.new && mv $@.new $@
differ = if cmp -s $@.new $@; then rm $@.new; else $(settle); fi

# ---- lists: what selects the tracks of each -------------------------------------------------------------------------------
# A list is a line, and its name in one of these two; out/lists/NAME.m3u, and for each user out/lists/USER/NAME.m3u. @on-air is what passed the gate.

general  := new calm energetic
personal := for-you discover forgotten

list.new       = $(QFZZ) query '@on-air added:30d.. sort:added-' -n 50
list.calm      = $(QFZZ) query @on-air --mood calm -n 50
list.energetic = $(QFZZ) query @on-air --mood energetic -n 50
list.for-you   = $(QFZZ) recommend --user '$(user)' --where @on-air --include-known -n 50
list.discover  = $(QFZZ) recommend --user '$(user)' --where @on-air --discovery 0.9 --max-per-artist 1 -n 30
list.forgotten = $(QFZZ) recommend --user '$(user)' --where '@on-air plays:2..' --include-known --discovery 0 --not-since 6m -n 50
# all that may be on the air today, with scores and reasons if the programme follows somebody's taste
list.programme = $(if $(programme.taste),$(QFZZ) recommend --user '$(programme.taste)' --where @on-air --include-known --max-per-artist 0 -n 1000000,$(QFZZ) query @on-air)

lists  = $(general) $(if $(listening.personalization),$(foreach u,$(listening.users),$(personal:%=$u/%)))

# ---- look: what is there now ---------------------------------------------------------------------------------------------------

scan: work/scanned
shelves = $(foreach s,lists $(delivery.devices),$(lists:%=work/shelf/$s/%))
edges   = $(if $(delivery.edge),$(delivery.devices:%=work/edge/%))
proofs  = $(datasets:%=out/trust/%.sha256)
all: scan $(shelves) $(edges) work/programme

# what was made for a list, a user, a device or a dataset that the settings do not name any more
gone := $(filter-out $(shelves),$(shell find work/shelf -type f ! -name '*.log' ! -name '*.new' 2>/dev/null)) $(filter-out $(edges),$(wildcard work/edge/*)) \
	$(filter-out $(proofs),$(wildcard out/trust/*.sha256))
ifneq ($(strip $(gone)),)
all: gone
gone:
	@$(say) 'gone: $(gone:work/%=%)'
	@rm -f $(patsubst work/shelf/%,out/%.m3u,$(filter work/shelf/%,$(gone))) $(foreach d,$(patsubst work/edge/%,%,$(filter work/edge/%,$(gone))),out/$d/cache.tsv out/$d/model.int8) $(gone)
endif

work/day: FORCE
	@echo '$(DAY)' > $@.new; $(differ)

# histories, descriptors and dayparts: their files with size and time
seen.histories   := listening.history
seen.descriptors := $(descriptors:%=descriptors.%)
seen.dayparts    := programme.dayparts
work/seen-%: FORCE
	@$(if $(seen.$*),$(get) -0 $(seen.$*),:) | { find -files0-from - -type f -printf '%p\t%s\t%T@\n' || :; } | sort > $@.new; $(differ)

# The catalog numbers every change of a track; work/heard has the last number that all later stages know.
work/scanned: work/settings.mk FORCE
	@find $(wildcard work out) -path out/renditions -prune -o -type f -name '.qfzz-*' -exec rm -f {} + # of tools that were killed
	@$(foreach d,$(datasets),$(QFZZ) ingest -q --wait $(WAIT) --dataset '$d' -- "$$($(get) 'datasets.$d')" $(fine);)
	@if [ -e $@ ] && [ -z "$$($(QFZZ) query --changed-since seq:$$(cat work/heard 2>/dev/null || echo 0) --features none -n 1)" ]; then \
		$(say) 'scan: nothing changed'; else $(say) 'scan: something changed'; touch $@; fi

work/heard: work/scanned
	@$(say) features
	@$(QFZZ) features -q --wait $(WAIT) $(fine)
	@known=$$(cat $@ 2>/dev/null || echo 0); \
		last=$$($(QFZZ) query --changed-since seq:$$known --features none | tail -n 1 | jq .seq); echo $${last:-$$known} > $@.new; $(settle)

# ---- listening -------------------------------------------------------------------------------------------------------------------

ifneq ($(listening.personalization),)
work/events: work/seen-histories | work/scanned
	@$(say) events
	@mapfile -d '' -t files < <($(get) -0 listening.history); \
		[ $${#files[@]} = 0 ] || env -u SOURCE_DATE_EPOCH $(QFZZ) events -q --wait $(WAIT) --user '$(firstword $(listening.users))' -- "$${files[@]}" > work/events.log $(fine)
	@touch $@

# the model stays as it is where listening did
work/model: work/events work/heard
	@if [ -s work/seen-histories ]; then $(say) train; $(QFZZ) train -q --wait $(WAIT) > work/model.log $(fine); fi
	@touch $@

listened := work/events
learned  := work/model
endif

# ---- the gate ------------------------------------------------------------------------------------------------------------------------

# What is told of a dataset comes from its descriptor, else from the tags of its files; one that cannot be read (2, 3) closes the gate as well.
work/gate/%: work/heard work/seen-descriptors work/settings.mk
	@$(say) 'gate: $*'
	@mkdir -p $(@D)
	@folder=$$($(get) 'datasets.$*'); file=$(if $(filter $*,$(descriptors)),$$($(get) 'descriptors.$*')); \
		case $$file in '') set -- --from-tags ;; *.json) set -- "$$file" ;; *) set -- --from-deb-copyright "$$file" ;; esac; \
		code=0; $(QFZZ) dataset add -q --wait $(WAIT) --name '$*' --folder "$$folder" "$$@" > /dev/null || code=$$?; \
		[ $$code -gt 1 ] || { code=0; \
			$(QFZZ) quality --wait $(WAIT) --min $(gate.min-quality) $(if $(gate.open-licences),,--any-licence) '$*' > $@.ndjson || code=$$?; \
			[ $$code != 3 ] || exit $$code; }; \
		case $$code in 0 | 1) echo yes ;; 2 | 3 | 4) echo no ;; *) exit $$code ;; esac > $@.new; $(settle)

# @on-air is the one gate of all that leaves the station: datasets that passed, and of them tracks that are trusted.
work/air: $(datasets:%=work/gate/%) work/settings.mk
	@air=; for d in $(datasets); do read -r passed < work/gate/$$d; [ $$passed = no ] || air="$${air:+$$air | }dataset:=\"$$d\""; done; \
		[ "$$air" ] || echo 'gate: no dataset passed: nothing is on the air' >&2; \
		$(QFZZ) query --save on-air "($${air:-dataset:=\"-\"})$(if $(trusting), trust:$$(LC_ALL=C printf %f $(gate.min-trust))..)"; \
		echo "$$air" > $@.new; $(settle)
trusting := $(filter-out 0,$(gate.min-trust))

# ---- the chain of trust -----------------------------------------------------------------------------------------------------------

# A verification of every dataset that passed, once for each of its manifests; mined, and given out with a checkpoint.
ifneq ($(trust.chain),)
all: work/trust
work/trust: work/air
	@$(say) trust
	@mkdir -p out/trust
	@key=$$($(get) trust.key); [ -e "$$key" ] || $(QFZZ) trust keygen -q "$$key" > /dev/null; \
		$(QFZZ) trust log -n 1 > /dev/null 2>&1 || $(QFZZ) trust init -q --wait $(WAIT) --name '$(trust.chain-name)' --key "$$key" > /dev/null
	@key=$$($(get) trust.key); for d in $(datasets); do \
		read -r passed < work/gate/$$d; [ $$passed = yes ] || { rm -f "out/trust/$$d.sha256"; continue; }; \
		$(QFZZ) dataset manifest -q --wait $(WAIT) "$$d" -o "out/trust/$$d.sha256" $(fine); \
		[ -s "out/trust/$$d.sha256" ] || continue; \
		read -r id _ < <(sha256sum < "out/trust/$$d.sha256"); \
		{ $(QFZZ) trust export; $(QFZZ) trust export --pool; } > $@.records; \
		grep -q "\"target\":\"dataset:$$id\"" $@.records || $(QFZZ) trust add -q --wait $(WAIT) verification --manifest "out/trust/$$d.sha256" \
			--folder "$$($(get) "datasets.$$d")" --key "$$key" > /dev/null; done
	@$(QFZZ) trust mine -q --wait $(WAIT) > /dev/null
	@$(QFZZ) trust checkpoint -q --wait $(WAIT) --key "$$($(get) trust.key)" -o out/trust/checkpoint.note
	@$(QFZZ) trust export -o out/trust/chain.ndjson
	@touch $@
trusted := work/trust
endif

# ---- renditions -----------------------------------------------------------------------------------------------------------------------

ifneq ($(delivery.devices),)
# a job that fails costs its track, not the others
job := QFZZ='f() { $(QFZZ) "$$$$@" $(subst $$,$$$$,$(fine)); }; f'
work/encoded: work/off $(listened)
	@$(say) encode
	@$(QFZZ) plan transcode --where @on-air --ladder $(delivery.ladder) --budget $(delivery.budget) --into out/renditions --format make -o work/plan.mk $(logged)
	+@$(MAKE) -s -C work -f plan.mk $(job)
	@awk -v now=$$SOURCE_DATE_EPOCH -v days=$(delivery.sweep-after) 'int((now - $$2) / 86400 + 0.5) >= days { printf "{\"type\":\"track.v1\",\"track\":%d}\n", $$1 }' work/off | \
		$(QFZZ) encode -q --wait $(WAIT) --mirror --plan work/plan.ndjson - $(fine)
	@touch $@

# tracks with renditions that are off the air, and the midnight since when: a gate that fails for a night costs no encoding
work/off: work/air work/day $(if $(trusting),$(trusted))
	@mkdir -p out/renditions; $(QFZZ) query --features none --format tsv --fields track -- -@on-air | \
		awk -F '[-\t]' -v now=$$SOURCE_DATE_EPOCH 'file == 1 { made[$$1] } file == 2 { since[$$1] = $$2 } \
			file == 3 && $$1 in made { print $$1 "\t" ($$1 in since ? since[$$1] : now) }' \
			file=1 <(find out/renditions -name '[0-9]*-*' -printf '%f\n') file=2 <(cat $@ 2>/dev/null) file=3 - > $@.new; $(settle)
endif

# ---- lists --------------------------------------------------------------------------------------------------------------------------------

work/rows/%.ndjson: user = $(*D)
work/rows/%.ndjson: work/air work/day $(learned) $(trusted)
	@mkdir -p $(@D)
	@$(list.$(*F)) > $@.new $(logged); $(settle)

# $(call write,ROWS,LIST,OPTIONS): a list without tracks is none
write = if [ -s $(1) ]; then mkdir -p $(dir $(2)); $(QFZZ) playlist -q $(3) -o $(2) - < $(1) $(fine); else rm -f $(2); fi

# Shelves: out/lists with the music as it is, and one for each device with what it plays.
define shelf
work/shelf/$(1)/%: work/rows/%.ndjson $(if $(2),work/encoded)
	@$(if $(2),:,$$(say) 'list: $$*')
	@mkdir -p $$(@D)
	@$(or $(2),cat) < $$< > $$@.new $$(logged); $$(call write,$$@.new,out/$(1)/$$*.m3u,--order harmonic); rm $$@.new
	@touch $$@
endef
$(eval $(call shelf,lists,))
$(foreach d,$(delivery.devices),$(eval $(call shelf,$d,$(QFZZ) plan fit --device $d $(if $(delivery.6g),--policy 6g) -)))

# what the device's own player needs, to go on where there is no net
ifneq ($(delivery.edge),)
work/edge/%: work/encoded $(learned)
	@$(say) 'edge: $*'
	@mkdir -p $(@D) out/$*
	@$(QFZZ) plan cache --device '$*' --where @on-air --format tsv --fields action,plays,bytes,path > $@.new; mv $@.new out/$*/cache.tsv
	@$(if $(learned),[ "$$($(QFZZ) stats | jq '.models | length')" = 0 ] || $(QFZZ) plan model --device '$*' --where @on-air -o out/$*/model.int8 > /dev/null,rm -f out/$*/model.int8)
	@touch $@
endif

# ---- the programme --------------------------------------------------------------------------------------------------------------------------

work/programme: work/rows/programme.ndjson work/seen-dayparts
	@$(say) 'programme: $(DAY)'
	@table=$$($(get) programme.dayparts); if [ -s $< ]; then \
		$(QFZZ) schedule $${table:+--dayparts "$$table"} --where @on-air --date $(DAY) --seed $(programme.seed) - < $< > $@.ndjson $(logged); else : > $@.ndjson; fi
	@$(call write,$@.ndjson,out/programme.m3u,--name "$$($(get) station.name)")
	@jq -r '.schedule | [.at, .daypart, .gain_db, .note] | @tsv' $@.ndjson > $@.new; sync $@.new; mv $@.new out/programme.tsv
	@touch $@
