#!/usr/bin/env bash
# SPDX-License-Identifier: PostgreSQL
#
# Image files in SQL: the functions on bytea say what fotactl says; every vector of tests/vectors becomes the same row,
# or is refused with the same code, in the native profile, where PostgreSQL decodes, and in the portable one, where the
# worker does; a device that reports only a digest that is inside the file is recognised; decoding can be cancelled.
. "$(dirname "$0")/lib.sh"
export FOTA_PG_CONF='fsync = off'
CTL=$BIN/fotactl
formats='ihex srec ti_txt tekhex vmem uf2 elf dfu dfuse mcuboot esp uimage fit trx openwrt zigbee_ota cyacd unpack zip tar cpio
	nordic_dfu ncs_zip pybricks swu mender suit raucb fup'

# The files as rows; one statement that adds each as an image and keeps the refusals.
{
	echo "CREATE TABLE public.file (name text PRIMARY KEY, data bytea);"
	for format in $formats; do
		for f in "$FOTA_TOP/tests/vectors/$format"/*; do
			[ "$(wc -c <"$f")" -le 300000 ] && echo "INSERT INTO public.file VALUES ('$format/$(basename "$f")', decode('$(base64 -w0 "$f")', 'base64'));"
		done
	done
} >"$T/files.sql"
fill() {
	SQL "\\i $T/files.sql
		SELECT fota.add_model('m', '{app}'); UPDATE fota.component SET payload = 'file';
		DO \$\$
		DECLARE
			v record;
			v_message text;
			v_code text;
		BEGIN
			FOR v IN SELECT * FROM public.file ORDER BY name
			LOOP
				BEGIN
					PERFORM fota.add_image('m', 'app', v.name, v.data, '{\"waivers\": [\"metadata_mismatch\"]}');
				EXCEPTION WHEN OTHERS THEN
					GET STACKED DIAGNOSTICS v_message = MESSAGE_TEXT, v_code = RETURNED_SQLSTATE;
					INSERT INTO public.refused VALUES (v.name, v_code, v_message);
				END;
			END LOOP;
		END \$\$"
}
rows() {
	SQL "SELECT version, format, encode(content_id, 'hex'), encode(payload_sha256, 'hex'), metadata, warnings,
			(SELECT jsonb_agg(to_jsonb(m) ORDER BY m) FROM fota.image_members(i.sha256) m),
			(SELECT string_agg(kind || '=' || encode(digest, 'hex'), ' ' ORDER BY kind) FROM fota.image_digest d WHERE d.version = i.version)
		FROM fota.image i WHERE state = 'published' ORDER BY version"
}

# --- native ---------------------------------------------------------------------------------------------
need_cluster native native
SQL "CREATE TABLE public.refused (name text, code text, message text)" >/dev/null
is "every vector is added or refused in SQL" "$(fill)" ""
rows >"$T/native.rows"
SQL "SELECT name, code, message FROM public.refused ORDER BY name" >"$T/native.refused"
note "$(wc -l <"$T/native.rows") files are added, $(wc -l <"$T/native.refused") refused"
ok "most formats are among the files" test "$(SQL "SELECT count(DISTINCT format) FROM fota.image")" -ge 26
is "a refusal is of class UF" "$(grep -vE '\|UF0(0[0-9]|1[01])\|' "$T/native.refused")" ""

SQL "SELECT name, md5(fota.inspect(data)::text), encode(fota.content_id(fota.decode(data)), 'hex') = fota.inspect(data) ->> 'content_id'
	FROM public.file WHERE name NOT IN (SELECT name FROM public.refused) ORDER BY 1" 2>/dev/null | grep -v '^psql\|^HINT' >"$T/inspected"
is "fota.decode and fota.inspect know the same contents" "$(grep -v '|t$' "$T/inspected"; wc -l <"$T/inspected")" "$(wc -l <"$T/native.rows")"
differ=0
for name in $(cut -d'|' -f1 "$T/native.rows"); do
	"$CTL" image inspect "$FOTA_TOP/tests/vectors/$name" --json >"$T/out" 2>"$T/err"
	a=$(jq -Sc 'del(.confidence, .reason)' "$T/out")
	b=$(SQL "SELECT fota.inspect(data) FROM public.file WHERE name = '$name'" | jq -Sc 'del(.confidence, .reason)')
	[ "$a" = "$b" ] || { differ=$((differ + 1)); note "$name: $a
$b"; }
done
is "fota.inspect says what fotactl image inspect --json says" $differ 0
is "the image's row has that content_id, too" "$(SQL "SELECT string_agg(version, ' ') FROM fota.image i JOIN public.file f ON f.name = i.version
	WHERE encode(i.content_id, 'hex') IS DISTINCT FROM fota.inspect(f.data) ->> 'content_id'")" ""
is "fota.check ends with the error that a file is refused with" "$(SQL "SELECT string_agg(r.name, ' ') FROM public.refused r JOIN public.file f USING (name)
	WHERE NOT EXISTS (SELECT FROM fota.check(f.data) c WHERE c.severity = 'error' AND c.code = r.code AND c.message = r.message)")" ""
is "and finds none in the others" "$(SQL "SELECT string_agg(f.name, ' ') FROM public.file f JOIN fota.image i ON i.version = f.name, fota.check(f.data) c WHERE c.severity = 'error'")" ""
is "each member that fota.members lists is given by fota.member, whole" "$(SQL "SELECT string_agg(f.name || '!' || m.name, ' ') FROM public.file f
	JOIN fota.image i ON i.version = f.name, fota.members(f.data) m WHERE length(fota.member(f.data, m.name)) IS DISTINCT FROM m.size")" ""
ok "there are members" test "$(SQL "SELECT count(*) FROM public.file f JOIN fota.image i ON i.version = f.name, fota.members(f.data) m")" -gt 50
is "fota.detect names the format of each file first" "$(SQL "SELECT string_agg(f.name || ' ' || d.format, ', ') FROM public.file f JOIN fota.image i ON i.version = f.name,
	LATERAL (SELECT format FROM fota.detect(f.data) LIMIT 1) d WHERE i.format NOT IN (d.format, 'raw') AND i.format NOT LIKE d.format || '(%'")" ""
key() { base64 -w0 "$FOTA_TOP/tests/vectors/keys/$1"; }
is "fota.verify checks signatures with the keys that it is given" "$(SQL "SELECT f.name, v.result FROM public.file f,
	fota.verify(f.data, ARRAY[decode('$(key ed.pub)', 'base64'), decode('$(key p256.pub)', 'base64')]) v
	WHERE f.name IN ('fup/ed25519.fup', 'fup/es256.fup', 'mender/p256.mender', 'suit/unsigned.suit') ORDER BY 1" | tr '\n' ' ')" \
	"fup/ed25519.fup|valid fup/es256.fup|valid mender/p256.mender|valid suit/unsigned.suit|unsigned "

# --- digests that devices report instead ------------------------------------------------------------------
is "an MCUboot hash and the digests of an ESP image are among the image's" \
	"$(SQL "SELECT string_agg(DISTINCT kind, ' ' ORDER BY kind) FROM fota.image_digest")" "esp_app esp_image mcuboot suit"
for kind in mcuboot esp_app esp_image; do
	version=$(SQL "SELECT min(version) FROM fota.image_digest WHERE kind = '$kind'")
	is "a device that reports nothing but its digest of kind $kind has what a rule for $version wants" "$(SQL "
		INSERT INTO fota.device (model, serial) VALUES ('m', 'D-$kind');
		INSERT INTO fota.device_contents (device_id, component, present, digest)
			SELECT device_id, 'app', true, (SELECT substr(digest, 1, 32) FROM fota.image_digest WHERE version = '$version' AND kind = '$kind')
			FROM fota.device WHERE serial = 'D-$kind';
		SELECT fota.add_release('R-$kind', 'm', '{\"app\": \"$version\"}');
		INSERT INTO fota.rule (name, release, serial_from, serial_to) VALUES ('r-$kind', 'R-$kind', 'D-$kind', 'D-$kind');
		SELECT fota.start_rollout('r-$kind');
		SELECT verdict FROM fota.resolve('D-$kind')" | tail -n 1)" keep
done

# --- a cancel acts -----------------------------------------------------------------------------------------
# 8 MiB in records of one byte each: more than 100 MB of text.
SQL "CREATE TABLE public.big (data bytea); ALTER TABLE public.big ALTER data SET STORAGE EXTERNAL;
	INSERT INTO public.big SELECT fota.encode(fota.fill('0x0:00', '[0,8388608)', 170), 'ihex', 1)" >/dev/null
is "a text of 8 Mi records is decoded" "$(SQL "SELECT fota.bounds(fota.decode(data)), length(data) > 100000000 FROM public.big")" "[0,8388608)|t"
SQL "SET application_name = 'decoding'; SELECT count(fota.decode(data)) FROM public.big, generate_series(1, 1000) n" >"$T/canceled" &
pid=$!
busy() { [ "$(SQL "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'decoding' AND state = 'active' AND query LIKE '%fota.decode%'")" = 1 ]; }
wait_for 20 busy || bail "nobody decodes"
sleep 0.5
begin=$(date +%s%N)
PGUSER=postgres SQL "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name = 'decoding'" >/dev/null
wait $pid
note "canceled after $((($(date +%s%N) - begin) / 1000000)) ms"
like "decoding is canceled" "$(cat "$T/canceled")" 'ERROR:  canceling statement due to user request'
is "and the server goes on" "$(SQL "SELECT fota.bounds(fota.decode(data)) FROM public.big")" "[0,8388608)"

# --- portable ---------------------------------------------------------------------------------------------
need_cluster portable portable
SQL "CREATE TABLE public.refused (name text, code text, message text)" >/dev/null
is "every vector is added in the portable profile" "$(fill)" ""
start_worker
none_left() { [ "$(SQL "SELECT count(*) FROM fota.image WHERE state = 'decoding'")" = 0 ]; }
ok "the worker decodes them all" wait_for 120 none_left
rows >"$T/portable.rows"
SQL "SELECT version, error ->> 'code', error ->> 'message' FROM fota.image WHERE state = 'refused'
	UNION ALL SELECT name, code, message FROM public.refused ORDER BY 1" >"$T/portable.refused"
is "the rows are those of the native profile: format, content_id, payload, metadata, warnings, members, digests" \
	"$(diff "$T/native.rows" "$T/portable.rows" | head -n 20 | cut -c1-400)" ""
is "and so are the refusals" "$(diff "$T/native.refused" "$T/portable.refused" | head -n 20)" ""
done_testing
