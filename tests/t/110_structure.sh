#!/usr/bin/env bash
# SPDX-License-Identifier: PostgreSQL
#
# The house stands as it was drawn: the core is pure, includes go downwards only, each library is used in one
# place, every folder says what it is, and sources keep the house style. Needs no cluster.
. "$(dirname "$0")/lib.sh"
cd "$FOTA_TOP" || bail "no $FOTA_TOP"

# Names of files of the repository that match, whether they are committed yet or not.
sources() {
	find . \( -path ./.git -o -path ./build -o -path ./.run -o -path ./node_modules \) -prune -o -type f \( "$@" \) -print |
		sed 's|^\./||' | sort
}
c_files() { sources -name '*.c' -o -name '*.h'; }

# none NAME TEXT: passes when the text is empty, else shows it.
none() { if [ -z "$2" ]; then pass "$1"; else fail "$1" "$2"; fi; }

# --- the core is pure ---------------------------------------------------------------------------
pure_core() {
	local f
	for f in extension/core/*.c extension/core/*/*.c; do
		gcc -std=c11 -Wall -Wextra -Werror -Iextension/core -fsyntax-only "$f" || return 1
	done
}
ok "the core compiles as C11 with no include path but its own" pure_core
none "the core includes no header of PostgreSQL" "$(
	for f in extension/core/*.c extension/core/*/*.c; do gcc -std=c11 -Iextension/core -M "$f"; done |
		tr ' \\' '\n\n' | grep -iE 'postgres|libpq|pg_config|/h2o|/coap' | sort -u)"
none "the core includes no system headers but those for bytes, OpenSSL, compression and suffix arrays" "$(
	grep -rhoE '^#include <[^>]+>' extension/core | sort -u | grep -vE \
		'<(stdarg|stdbool|stddef|stdint|limits|string|emmintrin|immintrin|arm_neon|bzlib|zlib|lzma|zstd|zstd_errors|divsufsort|openssl/(err|evp|rsa|sha|x509|x509_vfy))\.h>')"

core_lib=$FOTA_BUILD/core/libfotacore.a
ok "the core builds" make -s -C extension/core
taken() {
	comm -23 <(nm "$core_lib" 2>/dev/null | awk 'NF == 2 && $1 == "U" { print $2 }' | sort -u) \
		<(nm --defined-only "$core_lib" 2>/dev/null | awk 'NF == 3 { print $3 }' | sort -u)
}
none "what the core links with is on the list tests/core_symbols" "$(comm -23 <(taken) <(grep -v '^#' tests/core_symbols | sort -u))"
is "what it links with was seen: it does use memcpy and divsufsort" "$(taken | grep -cxE 'memcpy|divsufsort')" 2

# --- includes go downwards ------------------------------------------------------------------------
# Prints "file: includes X, which ..." for every wrong arrow, and every circle.
cat >"$T/arrows.pl" <<'PERL'
use strict; use warnings;
my %below = (core => [], patch => [], pg => ['core'], common => ['core'], https => ['common', 'core'],
	coap => ['common', 'core'], worker => ['common', 'core'], cli => ['common', 'core']);
sub layer { my $f = shift; return $f =~ m{^(?:extension|frontends)/([a-z]+)/} ? $1 : ''; }
my (%edge, $arrows);
while (my $file = <STDIN>) {
	chomp $file;
	my $from = layer($file) or next;
	my ($dir) = $file =~ m{^(.*)/};
	open(my $in, '<', $file) or die $file;
	while (<$in>) {
		next unless /^\s*#\s*include\s+"([^"]+)"/;
		my $name = $1;
		my ($hit) = grep { -f } map { my $p = "$_/$name"; 1 while $p =~ s{[^/]+/\.\./}{}; $p }
			($dir, 'frontends', 'frontends/common', 'extension/core');
		# headers of PostgreSQL and of libraries that are written with quotes
		next if !$hit && $from eq 'pg';
		if (!$hit) { print "$file: includes $name, which is nowhere\n"; next; }
		my $to = layer($hit);
		print "$file: includes $hit\n" unless $to eq $from || grep { $_ eq $to } @{$below{$from}};
		push @{$edge{$file}}, $hit;
		$arrows++;
	}
}
my %state;
sub visit {
	my ($file, @path) = @_;
	if (($state{$file} // 0) == 1) { print "circle: ", join(' -> ', @path, $file), "\n"; return; }
	return if $state{$file};
	$state{$file} = 1;
	visit($_, @path, $file) for @{$edge{$file} // []};
	$state{$file} = 2;
}
visit($_) for sort keys %edge;
print "only $arrows includes were seen\n" if ($arrows // 0) < 50;
PERL
none "no include circle, and no arrow from a lower layer to a higher one" "$(c_files | perl "$T/arrows.pl")"

# --- each library in one place ----------------------------------------------------------------------
uses() { grep -rlE "^#include [<\"]$1" --include='*.c' --include='*.h' extension frontends | sort | tr '\n' ' '; }
like "libh2o is used by the engine only" "$(uses 'h2o')" "^(frontends/https/engine_h2o[a-z_.]* )+$"
none "libcoap is used by fota-coap and by the simulator's CoAP client only" "$(
	uses 'coap[3/]' | tr ' ' '\n' | grep -vE '^(frontends/coap/.*|frontends/cli/link_coap\.c|)$')"
none "PostgreSQL's server headers are used in extension/pg only" "$(
	uses '(postgres|fmgr|access/|catalog/|executor/|utils/)' | tr ' ' '\n' | grep -vE '^(extension/pg/.*|)$')"
none "front-ends send parameters, never text that was put together: no PQexec" "$(grep -rnE '\bPQexec *\(' frontends)"
none "front-ends call schema fota_device only, the worker fota_worker" "$(
	grep -rnoE '\bfota(_report)?\.[a-z_]+\(' frontends/common frontends/https frontends/coap frontends/worker \
		--include='*.c' | head -n 20)"

# --- every folder says what it is ---------------------------------------------------------------------
# A folder of vectors or of expected results is described by the one above.
told=$(find . \( -path ./.git -o -path ./build -o -path ./.run -o -path ./.ci \) -prune -o -type d -print | sed 's|^\./||' |
	grep -vE '^(tests/vectors/[a-z0-9_]+|tests/(regress|isolation)/(sql|specs|expected))$' | sort)
none "every folder has a README.md" "$(for d in $told; do [ -s "$d/README.md" ] || echo "$d"; done)"
none "a README of a folder is short" "$(for d in $told; do
	[ "$d" = . ] || [ ! -f "$d/README.md" ] || [ "$(wc -l <"$d/README.md")" -le 100 ] || echo "$d"; done)"

# --- house style ------------------------------------------------------------------------------------------
# What a line is when comments and strings are taken out of C.
none "no // comments in C" "$(c_files | xargs perl -ne '
	BEGIN { our $text = "" } $text .= $_;
	if (eof) {
		$text =~ s{("(?:\\.|[^"\\\n])*"|\x27(?:\\.|[^\x27\\\n])*\x27)|(/\*.*?\*/)}{ $2 ? "\n" x ($2 =~ tr/\n//) : "S" }gse;
		my $n = 0;
		for (split /\n/, $text) { $n++; print "$ARGV:$n\n" if m{//} }
		$text = "";
	}')"
none "no line of C or of the schema is wider than 150 columns" "$(
	{ c_files; sources -path './sql/*.sql'; } | while read -r f; do
		expand -t4 "$f" | awk -v f="$f" 'length($0) > 150 { print f ":" NR ": " length($0) }'; done)"
none "C is indented by tabs" "$(c_files | xargs grep -nE '^(\t)*    +[^ *]' | grep -vE ':\t* +\*' | head -n 20)"
none "no white space stands at the end of a line" "$(
	{ c_files; sources -path './sql/*.sql'; } | xargs grep -nE '[[:blank:]]+$' | head -n 20)"
none "every source says its licence" "$(
	{ c_files; sources -path './sql/*.sql' -o -name '*.sh' -o -name Makefile -o -path './tests/*/run' -o -path ./tests/run; } |
		while read -r f; do head -n 4 "$f" | grep -q 'SPDX-License-Identifier: PostgreSQL' || echo "$f"; done)"
none "no source is longer than 700 lines" "$(
	{ c_files; sources -path './sql/*.sql' -o -name '*.sh'; } | xargs wc -l | awk '$1 > 700 && $2 != "total" { print $2 ": " $1 }')"
none "headers are guarded" "$(c_files | grep '\.h$' | while read -r h; do
	[ "$(grep -cE '^#(ifndef|define) [A-Z0-9_]+_H$' "$h")" -ge 2 ] || echo "$h"; done)"
done_testing
