-- SPDX-License-Identifier: PostgreSQL
--
-- fota.component_case: one component of one device while it is being decided: what the device
-- has, what the winning rule asks for, and, step by step, what follows.

CREATE TYPE fota.component_case AS (
	component text,
	ordering text,
	joint boolean,
	present boolean,
	digest bytea,
	slot int,
	reported text,
	base bytea,
	known text[],
	rule_id bigint,
	rule text,
	release text,
	mode text,
	allow_downgrade boolean,
	max_attempts int,
	wait_for_delta boolean,
	download_in_window boolean,
	image_model text,
	target text,
	is_unknown boolean,
	cmp int,
	offered text,
	build text,
	payload bytea,
	failures int,
	postponed timestamptz,
	backoff timestamptz,
	delta_until timestamptz,
	opens_at timestamptz,
	closes_at timestamptz,
	verdict text,
	reason text,
	detail text
);

COMMENT ON TYPE fota.component_case IS 'A component of a device while it is being decided.';
COMMENT ON COLUMN fota.component_case.component IS 'Component of the device''s model.';
COMMENT ON COLUMN fota.component_case.ordering IS 'version or opaque.';
COMMENT ON COLUMN fota.component_case.joint IS 'May be installed together with others that need each other.';
COMMENT ON COLUMN fota.component_case.present IS 'What the device says: there, not there; NULL = it has not said.';
COMMENT ON COLUMN fota.component_case.digest IS 'Digest that it reported.';
COMMENT ON COLUMN fota.component_case.slot IS 'Slot that it reported.';
COMMENT ON COLUMN fota.component_case.reported IS
	'Version that it has: that of the image which the digest identifies, else the reported one; NULL = unknown.';
COMMENT ON COLUMN fota.component_case.base IS 'Payload that it has, where the digest identifies one.';
COMMENT ON COLUMN fota.component_case.known IS 'Images that the digest identifies: model, line feed, version.';
COMMENT ON COLUMN fota.component_case.rule_id IS 'The rule that won it; NULL = none.';
COMMENT ON COLUMN fota.component_case.rule IS 'Its name.';
COMMENT ON COLUMN fota.component_case.release IS 'Its release.';
COMMENT ON COLUMN fota.component_case.mode IS 'As in fota.rule.';
COMMENT ON COLUMN fota.component_case.allow_downgrade IS 'As in fota.rule.';
COMMENT ON COLUMN fota.component_case.max_attempts IS 'As in fota.rule.';
COMMENT ON COLUMN fota.component_case.wait_for_delta IS 'As in fota.rule.';
COMMENT ON COLUMN fota.component_case.download_in_window IS 'As in fota.rule.';
COMMENT ON COLUMN fota.component_case.image_model IS 'Model of the release item and its images: the device''s, or ''*''.';
COMMENT ON COLUMN fota.component_case.target IS 'Version that it must have in the end; NULL = absent.';
COMMENT ON COLUMN fota.component_case.is_unknown IS 'It is not known what the device has.';
COMMENT ON COLUMN fota.component_case.cmp IS 'Order of the version that it has against the target; NULL = no order.';
COMMENT ON COLUMN fota.component_case.offered IS 'Version to install now: the target, or a step on the way to it.';
COMMENT ON COLUMN fota.component_case.build IS 'Build of it that fits the device.';
COMMENT ON COLUMN fota.component_case.payload IS 'What the component is afterwards.';
COMMENT ON COLUMN fota.component_case.failures IS 'Failures of that version on this device.';
COMMENT ON COLUMN fota.component_case.postponed IS 'Until when the device postponed it, if that is to come.';
COMMENT ON COLUMN fota.component_case.backoff IS 'When it may be tried again, if that is to come.';
COMMENT ON COLUMN fota.component_case.delta_until IS 'Until when it waits for a delta, if that is to come.';
COMMENT ON COLUMN fota.component_case.opens_at IS 'When its next window opens; NULL = it is open, or there is none.';
COMMENT ON COLUMN fota.component_case.closes_at IS 'When that window, or the open one, closes.';
COMMENT ON COLUMN fota.component_case.verdict IS 'keep, blocked, wait, install, remove.';
COMMENT ON COLUMN fota.component_case.reason IS 'As in fota.resolve.';
COMMENT ON COLUMN fota.component_case.detail IS 'As in fota.resolve.';
