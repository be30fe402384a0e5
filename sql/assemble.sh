#!/usr/bin/env bash
# SPDX-License-Identifier: PostgreSQL
#
# Puts the numbered files together, in their order:
#
#   assemble.sh OUT    OUT/fota-portable--VERSION.sql   everything, leaves in PL/pgSQL: psql -f
#                      OUT/fota--VERSION.sql            extension script: leaves in C, types, and the
#                                                       procedure fota.install() that makes the rest
set -eu
cd "$(dirname "$0")"
out=$1
version=$(sed -n "s/^default_version *= *'\(.*\)'/\1/p" ../extension/fota.control)
mkdir -p "$out"
work=$(mktemp -d "$out/assemble.XXXXXX")
body=$work/body
trap 'rm -rf "$work"' EXIT

# The steps of a decision that read tables of which fota_past has rows as they were, or that call such a step: their
# text once more, in schema fota_past, without the settings of the planner that suit tables.
any() { tr '\n' '|' | sed 's/|$//'; }
twins() {
	local tables names= found f
	tables=$({ sed -n "s/.*RETURNS SETOF fota\.\([a-z_]*\)$/\1/p" 53_*/*.sql
		sed -n "/ARRAY '{/,/}'/p" 53_*/catalogue.sql | grep -oE '[a-z_]{4,}'; } | sort -u | any)
	found=$(grep -lE "\b(FROM|JOIN) fota\.($tables)\b" 52_*/*.sql)
	while [ "$found" != "$names" ]; do
		names=$found
		found=$(grep -lE "\bfota\.($(basename -s .sql $names | any))\(" 52_*/*.sql)
	done
	if grep -nE ", fota\.($tables) [a-z]+$|, fota\.($tables) [a-z]+ +WHERE" $names >&2; then
		echo "assemble: the tables of a step come after FROM or JOIN, each" >&2
		exit 1
	fi
	names=$(basename -s .sql $names | any)
	for f in $found; do
		sed -n '/^CREATE OR REPLACE FUNCTION/,$p' "$f"
		echo
	done | sed -E "/^SET [a-z_]+ = /d; s/\b(FROM|JOIN) fota\.($tables)\b/\1 fota_past.\2()/g; s/\bfota\.($names)\(/fota_past.\1(/g"
}

# The parts before and after the leaves; in the native profile the leaves exist before both.
parts() { for f in "$@"; do [ -f "$f" ] && { cat "$f"; echo; }; done; return 0; }
before() { parts 00_*.sql 01_*.sql 10_*/tenant.sql 10_*/member.sql 10_*/may_see.sql 10_*/current_tenant.sql \
	20_*/setting.sql 20_*/client_class.sql 20_*/model.sql 20_*/component.sql 20_*/blob.sql 20_*/blob_chunk.sql 20_*/upload.sql \
	20_*/image.sql 20_*/image_digest.sql 20_*/release.sql 20_*/release_item.sql 20_*/delta.sql 20_*/decoder.sql \
	25_*/device.sql 25_*/device_contents.sql 25_*/device_report_state.sql 25_*/device_seen.sql \
	25_*/device_history.sql 25_*/credential.sql \
	30_*/rule.sql 30_*/rule_device.sql 30_*/rule_window.sql 30_*/rollout.sql 30_*/wave.sql 30_*/rollout_state.sql \
	30_*/rollout_stratum.sql 30_*/rollout_due.sql 30_*/rollout_device.sql 30_*/rule_approval.sql \
	30_*/action.sql 30_*/action_item.sql 30_*/action_message.sql 30_*/report.sql 40_*/*.sql 45_*/*.sql; }
past() { parts 53_*/as_of*.sql $(ls 53_*/*.sql | grep -v /as_of); twins; }
after() { parts 52_*/*_case.sql $(ls 52_*/*.sql | grep -v _case.sql); past; parts 57_*/*.sql 58_*/{row_key,open_changes,note_row}.sql \
	$(ls 58_*/*.sql | grep -v -e row_key -e open_changes -e note_row -e catalogue) 58_*/catalogue.sql \
	60_*/*.sql 65_*/*.sql 70_*/*.sql 80_*/*.sql 90_*.sql 95_*.sql; }

# A table file that the list above forgets would be a table that nobody has.
forgotten=$(ls 10_*/*.sql 20_*/*.sql 25_*/*.sql 30_*/*.sql | while read -r f; do
	grep -q "_\*/$(basename "$f")" assemble.sh || echo "$f"; done)
[ -z "$forgotten" ] || { echo "assemble: not in the list of tables: $forgotten" >&2; exit 1; }

before >"$body"
after >>"$body"
if grep -nE '^\\|\$fota_install\$' "$body" >&2; then
	echo "assemble: the text above cannot run inside fota.install()" >&2
	exit 1
fi

{ before; parts 50_leaf_plpgsql/*.sql; after; } >"$work/portable"
{
	echo '\echo Use "CREATE EXTENSION fota" to load this file, then CALL fota.install(). \quit'
	parts 50_leaf_c.sql 55_*/version.sql 55_*/sparse_image.sql 55_*/sparse_values.sql \
		55_*/sparse_edit.sql 55_*/image_file.sql
	echo 'CREATE PROCEDURE fota.install()'
	echo 'LANGUAGE plpgsql'
	echo 'AS $fota_call$'
	echo 'BEGIN'
	echo "	IF to_regclass('fota.tenant') IS NOT NULL THEN"
	echo "		RAISE EXCEPTION 'the schema is installed already' USING ERRCODE = '42P07';"
	echo '	END IF;'
	echo 'EXECUTE $fota_install$'
	cat "$body"
	echo '$fota_install$;'
	echo 'END'
	echo '$fota_call$;'
	echo "COMMENT ON PROCEDURE fota.install() IS 'Makes the tables and functions, owned by the caller.';"
} >"$work/native"
mv "$work/portable" "$out/fota-portable--$version.sql"
mv "$work/native" "$out/fota--$version.sql"
