-- SPDX-License-Identifier: PostgreSQL
--
-- fota.resolve_many: which contents must these devices have, and what follows for
-- each component. The portable twin of the C leaf, and its oracle: for each device one
-- query, whose steps are named after the steps of the text below.
--
--   busy      rules that have an unfinished item in the device's open action
--   covering  rules whose scope covers the device, with their level
--   eligible  those in force: active, in their time, and exposed to the device
--   named     what each of them says about each component of the device's model
--   winner    per component the highest (level, priority, rule_id)
--   meant     images that a reported digest identifies
--   held      what the device has, as far as we can tell
--   fact      winner and held side by side, with everything that a verdict asks
--   judged    the verdict: the first reason that holds, in the order of the CASE
--   edge      valid_until: when the first wait ends, or a covering rule begins or ends
--
-- A device at a time, so that every step finds its few rows by an index, whatever the
-- statistics say. Writes nothing. The caller's row policies hold: a tenant that the
-- caller may not see is refused with 42501. device_ids NULL = all devices of the tenant.

CREATE OR REPLACE FUNCTION fota.resolve_many(tenant_id int, device_ids bigint[], at timestamptz)
RETURNS TABLE (device_id bigint, component text, verdict text, rule_id bigint, rule text,
	release text, version text, build text, target_version text, reported_version text,
	not_before timestamptz, not_after timestamptz, reason text, detail text, epoch bigint,
	valid_until timestamptz)
LANGUAGE plpgsql STABLE COST 1000 ROWS 10
AS $$
#variable_conflict use_column
DECLARE
	v_epoch bigint;
	v_delta_wait interval;
	v_ids bigint[] := $2;
	v_id bigint;
	v_d record;
BEGIN
	IF $1 IS NOT NULL AND $3 IS NULL THEN
		RAISE EXCEPTION 'the instant to resolve at is NULL'
			USING ERRCODE = '22004', HINT = 'Give now().';
	END IF;
	SELECT e.epoch INTO v_epoch FROM fota.epoch e WHERE e.tenant_id = $1;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'tenant % is not visible', coalesce($1::text, 'NULL')
			USING ERRCODE = '42501',
				DETAIL = format('resolve was called by role %s for tenant %s.', current_user,
					coalesce($1::text, 'NULL')),
				HINT = 'Ask for a tenant that fota.member lists for your role.';
	END IF;
	v_delta_wait := fota.get_setting($1, 'delta_wait')::interval;
	IF v_ids IS NULL THEN
		v_ids := ARRAY(SELECT d.device_id FROM fota.device d WHERE d.tenant_id = $1 ORDER BY d.device_id);
	ELSIF cardinality(v_ids) > 1 THEN
		v_ids := ARRAY(SELECT u.id FROM unnest(v_ids) WITH ORDINALITY u (id, ord)
			GROUP BY u.id ORDER BY min(u.ord));
	END IF;

	FOREACH v_id IN ARRAY v_ids LOOP
		SELECT d.device_id, d.model, d.serial, d.serial_key, d.name, d.year, d.batch,
			d.postponed_until, m.unknown_contents, m.client_class, s.hw,
			EXISTS (SELECT FROM jsonb_array_elements(
					CASE jsonb_typeof(s.accept -> 'formats') WHEN 'array'
						THEN s.accept -> 'formats' ELSE '[]' END) f
				WHERE f -> 0 = '1') AS takes_delta
		INTO v_d
		FROM fota.device d
		JOIN fota.model m ON m.tenant_id = $1 AND m.model = d.model
		LEFT JOIN fota.device_report_state s ON s.tenant_id = $1 AND s.device_id = d.device_id
		WHERE d.tenant_id = $1 AND d.device_id = v_id;
		CONTINUE WHEN NOT FOUND;

		RETURN QUERY
		WITH busy AS (
			SELECT DISTINCT i.rule_id
			FROM fota.action a
			JOIN fota.action_item i ON i.tenant_id = $1 AND i.device_id = v_id
				AND i.action = a.action
				AND i.state NOT IN ('confirmed', 'failed', 'declined', 'cancelled')
			WHERE a.tenant_id = $1 AND a.device_id = v_id AND a.state IN ('open', 'superseded')
		),
		covering AS (
			SELECT r.rule_id, r.name, r.release, r.priority, r.state, r.seed, r.active_during,
				r.allow_downgrade, r.max_attempts, r.wait_for_delta,
				CASE WHEN r.serial_from = r.serial_to THEN 16
					WHEN r.serial_from IS NOT NULL OR r.serial_to IS NOT NULL THEN 8 ELSE 0 END
				+ CASE WHEN r.batch IS NULL THEN 0 ELSE 4 END
				+ CASE WHEN r.years IS NULL THEN 0 ELSE 2 END
				+ CASE WHEN r.model IS NULL THEN 0 ELSE 1 END AS level
			FROM fota.rule r
			WHERE r.tenant_id = $1 AND r.state IN ('active', 'paused')
				AND (r.model IS NULL OR r.model = v_d.model)
				AND (r.years IS NULL OR r.years @> v_d.year)
				AND (r.batch IS NULL OR r.batch = v_d.batch)
				AND CASE WHEN r.serial_from = r.serial_to THEN v_d.serial = r.serial_from
					ELSE (r.serial_from IS NULL
							OR fota.serial_key(r.serial_from) COLLATE "C" <= v_d.serial_key)
						AND (r.serial_to IS NULL
							OR v_d.serial_key <= fota.serial_key(r.serial_to) COLLATE "C") END
				AND (NOT EXISTS (SELECT FROM fota.rule_device x
						WHERE x.tenant_id = $1 AND x.rule_id = r.rule_id)
					OR EXISTS (SELECT FROM fota.rule_device x
						WHERE x.tenant_id = $1 AND x.rule_id = r.rule_id AND x.device_id = v_id))
		),
		eligible AS (
			SELECT c.*
			FROM covering c
			LEFT JOIN LATERAL (
				SELECT max(s.percent) * 100 AS buckets FROM fota.rollout_state s
				WHERE s.tenant_id = $1 AND s.rule_id = c.rule_id
			) exposed ON true
			WHERE c.state = 'active' AND (c.active_during IS NULL OR c.active_during @> $3)
					AND CASE WHEN exposed.buckets < 10000
						THEN fota.bucket(c.seed, v_d.name) < exposed.buckets ELSE true END
				OR EXISTS (SELECT FROM busy b WHERE b.rule_id = c.rule_id)
		),
		named AS (
			SELECT DISTINCT ON (e.rule_id, i.component)
				e.*, i.component, i.version, i.model AS image_model
			FROM eligible e
			JOIN fota.release_item i ON i.tenant_id = $1 AND i.release = e.release
				AND i.model IN (v_d.model, '*')
			JOIN fota.component c ON c.tenant_id = $1 AND c.model = v_d.model
				AND c.component = i.component
			ORDER BY e.rule_id, i.component, (i.model = '*')
		),
		winner AS (
			SELECT DISTINCT ON (n.component) n.*
			FROM named n
			ORDER BY n.component, n.level DESC, n.priority DESC, n.rule_id DESC
		),
		meant AS (
			SELECT i.component, i.model, i.version, i.state, i.payload_sha256
			FROM fota.device_contents h
			JOIN fota.image i ON i.tenant_id = $1 AND i.model IN (v_d.model, '*')
				AND i.component = h.component
			WHERE h.tenant_id = $1 AND h.device_id = v_id AND h.present
				AND (substr(i.payload_sha256, 1, length(h.digest)) = h.digest
					OR EXISTS (
						SELECT FROM fota.image_digest d
						WHERE d.tenant_id = $1 AND d.model = i.model AND d.component = i.component
							AND d.version = i.version AND d.build = i.build
							AND (substr(d.digest, 1, length(h.digest)) = h.digest
								OR substr(h.digest, 1, length(d.digest)) = d.digest)))
		),
		held AS (
			SELECT h.component, h.present, h.digest, known.base,
				CASE WHEN h.present THEN
					CASE known.versions WHEN 0 THEN h.version WHEN 1 THEN known.version END
				END AS version
			FROM fota.device_contents h
			CROSS JOIN LATERAL (
				SELECT count(DISTINCT m.version) AS versions, min(m.version) AS version,
					CASE WHEN count(DISTINCT m.payload_sha256) = 1 THEN (array_agg(m.payload_sha256)
						FILTER (WHERE m.payload_sha256 IS NOT NULL))[1] END AS base
				FROM meant m
				WHERE m.component = h.component AND m.state IN ('published', 'withdrawn')
			) known
			WHERE h.tenant_id = $1 AND h.device_id = v_id
		),
		pair AS (
			SELECT c.component, c.ordering, w.rule_id, w.name AS rule, w.release, w.version,
				w.image_model, w.allow_downgrade, w.max_attempts, w.wait_for_delta,
				h.present, h.digest, h.base, h.version AS reported
			FROM fota.component c
			LEFT JOIN winner w ON w.component = c.component
			LEFT JOIN held h ON h.component = c.component
			WHERE c.tenant_id = $1 AND c.model = v_d.model AND (w.rule_id IS NOT NULL OR h.present)
		),
		fact AS (
			SELECT p.*, fit.builds, fit.build, fit.build_state, fit.target,
				same.matches, same.digests, failed.failures, left_by.rule_id AS undone_by,
				p.present IS NULL OR p.present AND p.reported IS NULL AND NOT same.matches
					AS unknown,
				CASE WHEN p.ordering = 'opaque' THEN CASE WHEN p.reported = p.version THEN 0 END
					ELSE fota.version_compare(p.reported, p.version) END AS cmp,
				CASE WHEN v_d.postponed_until > $3 THEN v_d.postponed_until END AS postponed,
				CASE WHEN failed.retry_at > $3 THEN failed.retry_at END AS backoff,
				CASE WHEN delta.until > $3 THEN delta.until END AS delta_until
			FROM pair p
			CROSS JOIN LATERAL (
				SELECT count(*) AS builds, min(b.build) AS build, min(b.state) AS build_state,
					(array_agg(b.payload_sha256))[1] AS target
				FROM (
					SELECT i.build, i.state, i.payload_sha256,
						rank() OVER (ORDER BY i.hw IS NULL) AS place
					FROM fota.image i
					WHERE i.tenant_id = $1 AND i.model = p.image_model
						AND i.component = p.component AND i.version = p.version
						AND i.state IN ('published', 'decoding')
						AND (i.hw IS NULL OR v_d.hw = ANY (i.hw))
				) b
				WHERE b.place = 1
			) fit
			CROSS JOIN LATERAL (
				SELECT coalesce(bool_or(i.payload_sha256 IS NOT NULL), false) AS digests,
					EXISTS (SELECT FROM meant m WHERE m.component = p.component
						AND m.model = p.image_model AND m.version = p.version) AS matches
				FROM fota.image i
				WHERE i.tenant_id = $1 AND i.model = p.image_model AND i.component = p.component
					AND i.version = p.version
			) same
			CROSS JOIN LATERAL (
				SELECT count(*) AS failures, max(i.closed_at)
					+ interval '15 minutes' * power(2, least(count(*) - 1, 10)) AS retry_at
				FROM fota.action_item i
				WHERE i.tenant_id = $1 AND i.device_id = v_id AND i.component = p.component
					AND i.version IS NOT DISTINCT FROM p.version AND i.state = 'failed'
					AND NOT i.forgiven AND p.rule_id IS NOT NULL
			) failed
			LEFT JOIN LATERAL (
				SELECT i.rule_id
				FROM fota.action a
				JOIN fota.action_item i ON i.tenant_id = $1 AND i.device_id = v_id
					AND i.action = a.action AND i.component = p.component
					AND i.from_version = p.version AND i.state IN ('installed', 'confirmed')
				WHERE a.tenant_id = $1 AND a.device_id = v_id AND a.epoch = v_epoch
					AND a.state = 'finished' AND p.version <> coalesce(i.version, '')
				ORDER BY a.action DESC, i.item DESC
				LIMIT 1
			) left_by ON true
			LEFT JOIN LATERAL (
				SELECT coalesce(x.requested_at, $3) + v_delta_wait AS until
				FROM (SELECT) one
				LEFT JOIN fota.delta x ON x.tenant_id = $1 AND x.source = p.base
					AND x.target = fit.target AND x.format = '{1}'
				WHERE p.wait_for_delta AND v_d.takes_delta AND p.base <> fit.target
					AND coalesce(x.state, 'wanted') = 'wanted'
			) delta ON true
		),
		judged AS (
			SELECT f.*, v.words[1] AS verdict, v.words[2] AS reason, v.words[3] AS detail
			FROM fact f
			CROSS JOIN LATERAL (
				SELECT CASE
				WHEN f.rule_id IS NULL
					THEN ARRAY['keep', 'no_rule', 'no rule in force names this component']
				WHEN f.version IS NULL AND NOT f.present
					THEN ARRAY['keep', NULL, 'absent, as the rule says']
				WHEN f.matches
					THEN ARRAY['keep', NULL, 'the reported digest is of version ' || f.version]
				WHEN f.cmp = 0 AND (f.digest IS NULL OR NOT f.digests)
					THEN ARRAY['keep', NULL, 'the reported version is ' || f.reported]
				WHEN f.cmp > 0 AND NOT f.allow_downgrade
					THEN ARRAY['keep', 'ahead', format('has %s, which is newer than %s; the rule '
						'does not allow a downgrade', f.reported, f.version)]
				WHEN f.build_state = 'decoding' AND f.builds = 1
					THEN ARRAY['blocked', 'not_ready', format('version %s is still being decoded',
						f.version)]
				WHEN f.unknown AND v_d.unknown_contents = 'wait'
					THEN ARRAY['blocked', 'unknown_contents', 'the device has not said what it '
						'has, and the model waits for that']
				WHEN f.undone_by IS NOT NULL
					THEN ARRAY['blocked', 'undo', format('rules %s and %s undo each other',
						least(f.undone_by, f.rule_id), greatest(f.undone_by, f.rule_id))]
				WHEN f.failures >= f.max_attempts
					THEN ARRAY['blocked', 'attempts', format('failed %s of %s times; '
						'fota.clear_failures(device) allows it again', f.failures, f.max_attempts)]
				WHEN f.version IS NOT NULL AND f.builds = 0
					THEN ARRAY['blocked', 'no_build', format('no published build of %s fits '
						'hardware %s', f.version, coalesce(v_d.hw, 'that is not reported'))]
				WHEN f.version IS NOT NULL AND f.builds > 1
					THEN ARRAY['blocked', 'no_build', format('%s builds of %s fit hardware %s '
						'equally well', f.builds, f.version, coalesce(v_d.hw, 'that is not reported'))]
				WHEN f.version IS NULL AND v_d.client_class IS NOT NULL
					THEN ARRAY['blocked', 'client_cannot', format('clients of class %s cannot '
						'remove a component', v_d.client_class)]
				WHEN f.postponed IS NOT NULL
					THEN ARRAY['wait', 'postponed', 'the device postponed it']
				WHEN f.backoff IS NOT NULL
					THEN ARRAY['wait', 'backoff', format('failed %s of %s times', f.failures,
						f.max_attempts)]
				WHEN f.delta_until IS NOT NULL
					THEN ARRAY['wait', 'delta', format('a delta from %s is being made', f.reported)]
				WHEN f.version IS NULL
					THEN ARRAY['remove', NULL, 'the rule says that it must be absent']
				WHEN f.cmp = 0
					THEN ARRAY['install', 'rebuild', format('the reported digest is of no build '
						'of version %s', f.version)]
				WHEN f.cmp > 0
					THEN ARRAY['install', 'downgrade', format('has %s', f.reported)]
				WHEN f.present IS FALSE THEN ARRAY['install', NULL, 'absent']
				WHEN f.unknown THEN ARRAY['install', NULL, 'contents unknown']
				ELSE ARRAY['install', NULL, format('has %s', f.reported)]
				END AS words
			) v
		),
		edge AS (
			SELECT min(t.at) AS valid_until
			FROM (
				SELECT least(j.postponed, j.backoff, j.delta_until) FROM judged j
					WHERE j.verdict = 'wait'
				UNION ALL SELECT lower(c.active_during)
						+ CASE WHEN lower_inc(c.active_during) THEN interval '0' ELSE interval '1 us' END
					FROM covering c WHERE c.state = 'active'
				UNION ALL SELECT upper(c.active_during)
						+ CASE WHEN upper_inc(c.active_during) THEN interval '1 us' ELSE interval '0' END
					FROM covering c WHERE c.state = 'active'
			) t (at)
			WHERE t.at > $3 AND isfinite(t.at)
		)
		SELECT v_id, j.component, coalesce(j.verdict, 'keep'), j.rule_id, j.rule, j.release,
			j.version, CASE WHEN j.verdict IN ('install', 'wait') OR j.reason = 'not_ready'
				THEN j.build END,
			j.version, j.reported,
			CASE WHEN j.verdict = 'wait' THEN greatest(j.postponed, j.backoff, j.delta_until) END,
			NULL::timestamptz,
			CASE WHEN j.verdict IS NULL THEN 'no_rule' ELSE j.reason END,
			coalesce(j.detail, 'no rule in force names a component of this device'),
			v_epoch, edge.valid_until
		FROM edge
		LEFT JOIN judged j ON true
		ORDER BY j.component COLLATE "C";
	END LOOP;
END
$$;

COMMENT ON FUNCTION fota.resolve_many(int, bigint[], timestamptz) IS
	'What these devices must have and what follows, one row per component; NULL = all devices of the tenant.';
