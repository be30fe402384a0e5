-- SPDX-License-Identifier: PostgreSQL
--
-- fota.epoch: a counter per tenant that rises with every commit that can alter a decision.

CREATE TABLE fota.epoch (
	tenant_id int PRIMARY KEY REFERENCES fota.tenant,
	epoch bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);

COMMENT ON TABLE fota.epoch IS 'A counter per tenant that rises with every commit that can alter a decision.';
COMMENT ON COLUMN fota.epoch.tenant_id IS 'Tenant.';
COMMENT ON COLUMN fota.epoch.epoch IS 'Number of such commits.';
