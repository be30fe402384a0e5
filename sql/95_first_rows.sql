-- SPDX-License-Identifier: PostgreSQL
--
-- The rows that there are from the beginning: settings and client classes of the server, and tenant DEFAULT.

INSERT INTO fota.setting (tenant_id, name, value) VALUES
	(0, 'action_timeout', '7 days'),
	(0, 'approval', 'off'),
	(0, 'delta_wait', '1 hour'),
	(0, 'inline_decode', '4194304'),
	(0, 'max_flat', '268435456'),
	(0, 'max_input', '17179869184'),
	(0, 'max_members', '4096'),
	(0, 'max_nesting', '1'),
	(0, 'max_ratio', '1000'),
	(0, 'max_segments', '65536'),
	(0, 'max_unpacked', '268435456'),
	(0, 'time_zone', 'UTC');
INSERT INTO fota.client_class (tenant_id, client_class, max_chunks, max_artifacts, name_like, chunk_name, description) VALUES
	(0, 'hawkbit', NULL, NULL, NULL, NULL, 'Any DDI client that takes what hawkBit sends.'),
	(0, 'rauc', 1, 1, NULL, NULL, 'rauc-hawkbit-updater: one bundle at a time.'),
	(0, 'swupdate', NULL, NULL, '%.swu', NULL, 'SWUpdate: other files are skipped.'),
	(0, 'zephyr', 1, 1, NULL, 'bApp', 'Zephyr: one file at a time, of part bApp.');
INSERT INTO fota.tenant (name) VALUES ('DEFAULT');
