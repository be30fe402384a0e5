-- SPDX-License-Identifier: PostgreSQL
--
-- fota.member: which roles may see which tenants. A login that is a member of such a role
-- may, too. Written by the owner only.

CREATE TABLE fota.member (
	role name NOT NULL,
	tenant_id int NOT NULL REFERENCES fota.tenant ON DELETE CASCADE,
	PRIMARY KEY (role, tenant_id)
);

COMMENT ON TABLE fota.member IS 'Which roles may see which tenants.';
COMMENT ON COLUMN fota.member.role IS 'Name of a role of the cluster.';
COMMENT ON COLUMN fota.member.tenant_id IS 'A tenant that the role, and its members, may see.';
