# SPDX-License-Identifier: PostgreSQL
# shellcheck shell=bash
#
# need_oracle: a native cluster that also has the leaf functions of the portable profile, in schema fota_oracle:
# each native leaf and its PL/pgSQL twin side by side in one database. For tests that compare them.

need_oracle() {
	local leaf names=
	need_cluster native
	for leaf in "$FOTA_TOP"/sql/50_leaf_plpgsql/*.sql; do names="$names${names:+|}$(basename "$leaf" .sql)"; done
	{
		echo 'CREATE SCHEMA fota_oracle;'
		cat "$FOTA_TOP"/sql/50_leaf_plpgsql/*.sql | sed -E "s/\bfota\.($names)\(/fota_oracle.\1(/g"
	} >"$T/oracle.sql"
	SQL "$(cat "$T/oracle.sql")" >"$T/oracle.log" || { cat "$T/oracle.log"; bail "the portable leaves do not load"; }
}

# The seed of a random test: FOTA_SEED, or one of this run's own; printed, so that a failure can be had again.
random_seed() {
	SEED=${FOTA_SEED:-$((RANDOM * 32768 + RANDOM))}
	note "seed $SEED (FOTA_SEED=$SEED repeats this run)"
}
