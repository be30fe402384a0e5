-- SPDX-License-Identifier: PostgreSQL
--
-- The rows that there are from the beginning: settings of the server, and tenant DEFAULT.

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
INSERT INTO fota.tenant (name) VALUES ('DEFAULT');
