# One Makefile, not recursive. A tool is any tools/qfzz*.c, a worker any tools/worker/qfzz-*.c,
# a unit test any tests/unit/test_*.c, a command test any tests/cli/*.bats.
#
#   make            release build in build/ (bin/, libexec/)
#   make demo       the main job on real music           make check    all tests, with sanitizers too
#   make proof      what it writes, taken by real servers
#   make fuzz SECONDS=60   libFuzzer on each reader, so long each; corpora grow in build-fuzz/corpus
#   make bench      ratios to peers                      make fault    denser fault sweeps; make soak: every place, hours
#   make install PREFIX=/usr/local DESTDIR=              make clean
#
# V=release|asan|cov|fuzz chooses a variant; each has a build folder of its own.

V        ?= release
PREFIX   ?= /usr/local
DESTDIR  ?=
VERSION  := 0.1.0

B_release := build
B_asan    := build-asan
B_cov     := build-cov
B_fuzz    := build-fuzz
B        := $(B_$(V))
CC_release := gcc
CC_asan    := clang
CC_cov     := gcc
CC_fuzz    := clang
CXX_release := g++
CXX_asan    := clang++
CXX_cov     := g++
CXX_fuzz    := clang++
ifeq ($(origin CC),default)
CC       := $(CC_$(V))
endif
ifeq ($(origin CXX),default)
CXX      := $(CXX_$(V))
endif
OPT_release := -O2 -g -D_FORTIFY_SOURCE=2 -fstack-protector-strong
OPT_asan    := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-sanitize=vptr,function
OPT_fuzz    := -O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined -fno-sanitize=vptr,function
OPT_cov     := -O0 -g --coverage
CFLAGS   ?=
WERROR   ?=
WARN     := -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wwrite-strings $(WERROR)
WARN_C   := $(WARN) -Wstrict-prototypes -Wmissing-prototypes
# no fused multiply-add: gcc and clang give the same bits
FLAGS     = $(OPT_$(V)) -ffp-contract=off $(CFLAGS)
CPPFLAGS += -Ilibcore -Itools -I$(B)/gen -DQFZZ_VERSION='"$(VERSION)"' -MMD -MP
PKGS     := sndfile fftw3f openblas sqlite3 taglib libebur128 libchromaprint libavformat libavcodec libavutil libswresample libcrypto libsodium libutf8proc libseccomp cairo fontconfig \
            flac opus vorbisenc vorbis ogg soxr expat rubberband inih
CPPFLAGS += $(filter-out -I/usr/include/x86_64-linux-gnu,$(shell pkg-config --cflags-only-I $(PKGS) 2>/dev/null | sed 's/-I/-isystem /g'))
LDLIBS   := -Wl,--as-needed -l:libaubio.a $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lmp3lame -lstdc++ -lm -lpthread

# Workers that read or encode by FFmpeg take the few parts that they need out of its static archives (av_static.c, which knows the
# innards of FFmpeg 5); with LIBAV=shared, and where those are not, the shared libraries, as what links libchromaprint does, which
# brings them along. The assembly in the archives wants a fixed address.
av_archives := $(if $(filter 59.%,$(shell pkg-config --modversion libavcodec 2>/dev/null)),$(wildcard \
               $(patsubst %,$(shell pkg-config --variable=libdir libavcodec)/lib%.a,avformat avcodec swresample avutil)))
LIBAV    ?= $(if $(filter 4,$(words $(av_archives))),static,shared)
ifeq ($(LIBAV),static)
av_read  := $(patsubst %,$(B)/libexec/qfzz/qfzz-%,render-av segment sound-av)
av_write := $(B)/libexec/qfzz/qfzz-render-aac
$(av_read): $(B)/libcore/audio/av_static_read.c.o
$(av_write): $(B)/libcore/audio/av_static_write.c.o
$(av_read) $(av_write): $(B)/libcore/audio/av_static.c.o
$(av_read) $(av_write): private LDLIBS := -no-pie $(av_archives) $(filter-out -lavformat -lavcodec -lswresample -lavutil -lchromaprint,$(LDLIBS)) -lz
endif

Q        := $(if $(VERBOSE),,@)
say       = $(if $(VERBOSE),:,echo "  $(1) $@")

# loops over samples, spectra and factors pay for being unrolled and vectorized, also where they take roots and round
$(B)/libcore/dsp/%.c.o $(B)/libcore/features/%.c.o $(B)/libcore/model/%.c.o: OPT_release += -O3 -fno-math-errno

core     := $(filter-out $(B)/libcore/audio/av_static%,$(patsubst %,$(B)/%.o,$(wildcard libcore/*/*.c libcore/*/*.cpp)))
cli      := $(patsubst %,$(B)/%.o,$(wildcard tools/cli/*.c) $(filter-out tools/worker/qfzz-%,$(wildcard tools/worker/*.c)))
tools    := $(patsubst tools/%.c,$(B)/bin/%,$(wildcard tools/qfzz*.c))
workers  := $(patsubst tools/worker/%.c,$(B)/libexec/qfzz/%,$(wildcard tools/worker/qfzz-*.c))
units    := $(patsubst tests/unit/%.c,$(B)/unit/%,$(wildcard tests/unit/test_*.c))
gen      := $(patsubst %,$(B)/gen/%.gen.h,features migrations moods octave activities pipes plan dayparts clients licences settings station)
schemas  := $(B)/gen/features.v1.json

all: $(tools) $(workers) $(schemas)

$(B)/gen/features.gen.h: schemas/features.tsv scripts/gen-features
	@mkdir -p $(@D)
	$(Q)scripts/gen-features -v make=header $< > $@.tmp && mv $@.tmp $@
$(B)/gen/features.v1.json: schemas/features.tsv scripts/gen-features
	@mkdir -p $(@D)
	$(Q)scripts/gen-features -v make=schema $< > $@.tmp && mv $@.tmp $@
# looked at every time, so that a migration that was taken away is noticed; rewritten only if it differs
$(B)/gen/migrations.gen.h: FORCE
	@mkdir -p $(@D)
	@scripts/embed-sql $(sort $(wildcard schemas/catalog/*.sql)) > $@.tmp && { cmp -s $@.tmp $@ || mv $@.tmp $@; }
FORCE:

$(B)/gen/octave.gen.h: datasets/octave.tsv
	@mkdir -p $(@D)
	$(Q)awk -F '\t' '!/^#/ && NF { print "\t" $$2 ", /* " $$1 " */" }' $< > $@.tmp && mv $@.tmp $@
$(B)/gen/moods.gen.h: datasets/moods.tsv scripts/embed-moods
	@mkdir -p $(@D)
	$(Q)scripts/embed-moods $< > $@.tmp && mv $@.tmp $@
$(B)/gen/activities.gen.h: datasets/activities.tsv scripts/embed-activities
	@mkdir -p $(@D)
	$(Q)scripts/embed-activities $< > $@.tmp && mv $@.tmp $@
$(B)/gen/licences.gen.h: datasets/licences.tsv datasets/licence-names.tsv scripts/embed-licences
	@mkdir -p $(@D)
	$(Q)scripts/embed-licences datasets/licences.tsv datasets/licence-names.tsv > $@.tmp && mv $@.tmp $@

$(B)/gen/dayparts.gen.h: datasets/dayparts.tsv
	@mkdir -p $(@D)
	$(Q)od -An -v -td1 $< | sed 's/\(-\{0,1\}[0-9][0-9]*\)/\1,/g' > $@.tmp && mv $@.tmp $@

$(B)/gen/settings.gen.h: datasets/station/settings.tsv scripts/embed-settings
	@mkdir -p $(@D)
	$(Q)scripts/embed-settings $< > $@.tmp && mv $@.tmp $@
$(B)/gen/station.gen.h: datasets/station/station.mk
	@mkdir -p $(@D)
	$(Q)od -An -v -td1 $< | sed 's/\(-\{0,1\}[0-9][0-9]*\)/\1,/g' > $@.tmp && mv $@.tmp $@

$(B)/gen/clients.gen.h: $(wildcard datasets/clients/*) scripts/embed-clients
	@mkdir -p $(@D)
	$(Q)scripts/embed-clients $(filter datasets/%,$^) > $@.tmp && mv $@.tmp $@

$(B)/gen/plan.gen.h: $(patsubst %,datasets/%.tsv,ladders devices networks policies storage) scripts/embed-plan
	@mkdir -p $(@D)
	$(Q)scripts/embed-plan $(filter %.tsv,$^) > $@.tmp && mv $@.tmp $@

$(B)/gen/pipes.gen.h: datasets/readymade.tsv scripts/embed-pipes
	@mkdir -p $(@D)
	$(Q)scripts/embed-pipes $< > $@.tmp && mv $@.tmp $@

$(B)/%.c.o: %.c Makefile | $(gen)
	@mkdir -p $(@D)
	@$(call say,CC)
	$(Q)$(CC) -std=c11 $(CPPFLAGS) $(WARN_C) $(FLAGS) -c $< -o $@
$(B)/%.cpp.o: %.cpp Makefile | $(gen)
	@mkdir -p $(@D)
	@$(call say,CXX)
	$(Q)$(CXX) -std=c++17 $(CPPFLAGS) $(WARN) $(FLAGS) -c $< -o $@
$(B)/libqfzz.a: $(core)
	@rm -f $@
	$(Q)$(AR) rcs $@ $^
$(B)/libcli.a: $(cli)
	@rm -f $@
	$(Q)$(AR) rcs $@ $^
$(B)/bin/%: $(B)/tools/%.c.o $(B)/libcli.a $(B)/libqfzz.a
	@mkdir -p $(@D)
	@$(call say,LD)
	$(Q)$(CC) $(FLAGS) $(LDFLAGS) $^ -o $@ $(LDLIBS)
$(B)/libexec/qfzz/%: $(B)/tools/worker/%.c.o $(B)/libcli.a $(B)/libqfzz.a
	@mkdir -p $(@D)
	@$(call say,LD)
	$(Q)$(CC) $(FLAGS) $(LDFLAGS) $^ -o $@ $(LDLIBS)
$(B)/unit/%: $(B)/tests/unit/%.c.o $(B)/libcli.a $(B)/libqfzz.a
	@mkdir -p $(@D)
	@$(call say,LD)
	$(Q)$(CC) $(FLAGS) $(LDFLAGS) $^ -o $@ -lcmocka $(LDLIBS)
$(B)/unit/test_pool: | $(B)/unit/bad_worker
$(B)/unit/bad_worker: $(B)/tests/fault/bad_worker.c.o $(B)/libcli.a $(B)/libqfzz.a
	@mkdir -p $(@D)
	@$(call say,LD)
	$(Q)$(CC) $(FLAGS) $(LDFLAGS) $^ -o $@ $(LDLIBS)

$(B)/bench/%: $(B)/tests/bench/%.c.o $(B)/libqfzz.a
	@mkdir -p $(@D)
	@$(call say,LD)
	$(Q)$(CC) $(FLAGS) $(LDFLAGS) $^ -o $@ $(LDLIBS)

$(B)/fuzz/%: $(B)/tests/fuzz/%.c.o $(B)/libqfzz.a
	@mkdir -p $(@D)
	@$(call say,LD)
	$(Q)$(CC) $(FLAGS) -fsanitize=fuzzer $(LDFLAGS) $^ -o $@ $(LDLIBS)

units: $(units) $(B)/bench/fill_catalog
test: all units          # this variant only, no packages installed
	scripts/run-tests $(B)

check:
	scripts/deps build check
	$(MAKE) --no-print-directory V=release WERROR=-Werror all units
	$(MAKE) --no-print-directory V=asan WERROR=-Werror all units
	scripts/run-tests $(B_release) $(B_asan)
proof:           # with real servers, on this machine's loopback
	scripts/deps proof
	$(MAKE) --no-print-directory V=release all
	@for p in tests/proof/*.sh; do echo "== $$p"; $$p $(B_release) || exit 1; done
demo:
	scripts/deps build demo
	$(MAKE) --no-print-directory V=release all
	scripts/demo $(B_release)
bench: all
	@for b in tests/bench/*.sh; do echo "== $$b"; $$b $(B) || exit 1; done
SECONDS  ?= 60
fuzzers  := $(patsubst tests/fuzz/%.c,$(B)/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
fuzzers: $(fuzzers)
fuzz:
	$(MAKE) --no-print-directory V=fuzz fuzzers
	tests/fuzz/run $(B_fuzz) $(SECONDS)
fault soak: all units
	@echo "== misbehaving workers"; FULL=$(if $(filter soak,$@),1,0) CMOCKA_MESSAGE_OUTPUT=TAP $(B)/unit/test_pool
	@for f in tests/fault/*.sh; do echo "== $$f"; FULL=$(if $(filter soak,$@),1,0) DENSE=2 $$f $(B) || exit 1; done

# man pages and completion come from --describe
man: all
	@mkdir -p $(B)/man
	@for t in $(filter-out %/qfzz,$(tools)); do $$t --describe | scripts/describe-to-man > $(B)/man/$${t##*/}.1 || exit 1; done
	@scripts/describe-to-completion $(B)/bin > $(B)/man/qfzz.bash

install: man
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/libexec/qfzz $(DESTDIR)$(PREFIX)/share/qfzz/records \
		$(DESTDIR)$(PREFIX)/share/man/man1 $(DESTDIR)$(PREFIX)/share/bash-completion/completions
	install -m 644 $(B)/man/*.1 $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 644 $(B)/man/qfzz.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/qfzz
	install -m 755 $(tools) $(DESTDIR)$(PREFIX)/bin
	install -m 755 $(workers) $(DESTDIR)$(PREFIX)/libexec/qfzz
	install -m 644 $(wildcard schemas/records/*.json) $(schemas) schemas/descriptor.v1.json $(DESTDIR)$(PREFIX)/share/qfzz/records
	install -d $(DESTDIR)$(PREFIX)/lib/systemd/system
	install -m 644 datasets/station/station.mk datasets/station/crontab $(DESTDIR)$(PREFIX)/share/qfzz
	install -m 644 $(wildcard datasets/station/qfzz-station@.*) $(DESTDIR)$(PREFIX)/lib/systemd/system
clean:
	rm -rf $(B_release) $(B_asan) $(B_cov) $(B_fuzz)

.PHONY: FORCE all units man test check proof demo bench fuzz fuzzers fault soak install clean
.DELETE_ON_ERROR:
.SECONDARY:
-include $(shell find $(B) -name '*.d' 2>/dev/null)
