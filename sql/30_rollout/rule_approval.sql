-- SPDX-License-Identifier: PostgreSQL
--
-- fota.rule_approval: who approved a rule, in which form. A rule that is changed afterwards
-- needs a new approval: the digest is over all that the rule is made of.

CREATE TABLE fota.rule_approval (
	tenant_id int NOT NULL DEFAULT fota.current_tenant(),
	rule_id bigint NOT NULL,
	login name NOT NULL DEFAULT session_user,
	digest bytea NOT NULL,
	at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id, rule_id, login, digest),
	FOREIGN KEY (tenant_id, rule_id) REFERENCES fota.rule ON DELETE CASCADE
);

COMMENT ON TABLE fota.rule_approval IS 'Who approved a rule, in which form.';
COMMENT ON COLUMN fota.rule_approval.tenant_id IS 'Tenant.';
COMMENT ON COLUMN fota.rule_approval.rule_id IS 'Rule.';
COMMENT ON COLUMN fota.rule_approval.login IS 'Login that approved it.';
COMMENT ON COLUMN fota.rule_approval.digest IS 'SHA-256 over the rule, its waves, windows, devices and the items of its release.';
COMMENT ON COLUMN fota.rule_approval.at IS 'When.';
