/* SPDX-License-Identifier: PostgreSQL */
/*
 * resolve_table.c: may the tables of devices be read by their keys? To start a query over
 * them costs several times what it takes to read one device.
 *
 * What a query would refuse or hide stays refused or hidden: tables are read by key only by
 * a role that may SELECT all columns of all of them, and only where row policies are
 * absent, or ask one function about the tenant alone, which is then asked once per call.
 * Whatever else somebody has made of tables or policies is for the queries of resolve_plan.c.
 */
#include "resolve.h"

#include "access/genam.h"
#include "access/relation.h"
#include "catalog/namespace.h"
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "catalog/pg_opfamily.h"
#include "catalog/pg_policy.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/primnodes.h"
#include "rewrite/rowsecurity.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/rls.h"
#include "utils/syscache.h"

/* A table, the second column of its key, and the columns that are read; the first of the key is tenant_id. */
static const struct
{
	const char *name;
	const char *key;
	struct
	{
		const char *name;
		Oid			type;
	}			columns[FOTAPG_MOST_COLUMNS];
}			wanted[FOTAPG_TABLES] = {
	[FOTAPG_T_EPOCH] = {"epoch", NULL, {{"epoch", INT8OID}}},
	[FOTAPG_T_CHANGE] = {"change", "epoch", {{"epoch", INT8OID}}},
	[FOTAPG_T_DEVICE] = {"device", "device_id", {
		{"device_id", INT8OID}, {"model", TEXTOID}, {"serial", TEXTOID}, {"serial_key", TEXTOID}, {"name", TEXTOID},
		{"batch", TEXTOID}, {"time_zone", TEXTOID}, {"year", INT4OID}, {"postponed_until", TIMESTAMPTZOID},
		{"tags", TEXTARRAYOID}, {"attributes", JSONBOID}}},
	[FOTAPG_T_REPORTED] = {"device_report_state", "device_id", {
		{"device_id", INT8OID}, {"hw", TEXTOID}, {"accept", JSONBOID}, {"flags", INT8OID}}},
	[FOTAPG_T_CONTENTS] = {"device_contents", "device_id", {
		{"device_id", INT8OID}, {"component", TEXTOID}, {"present", BOOLOID}, {"version", TEXTOID},
		{"digest", BYTEAOID}, {"slot", INT4OID}}},
	[FOTAPG_T_ACTION] = {"action", "device_id", {
		{"device_id", INT8OID}, {"action", INT4OID}, {"state", TEXTOID}, {"epoch", INT8OID}}},
	[FOTAPG_T_ITEM] = {"action_item", "device_id", {
		{"device_id", INT8OID}, {"action", INT4OID}, {"item", INT4OID}, {"rule_id", INT8OID}, {"component", TEXTOID},
		{"version", TEXTOID}, {"from_version", TEXTOID}, {"state", TEXTOID}, {"forgiven", BOOLOID},
		{"closed_at", TIMESTAMPTZOID}}},
};

static enum
{
	UNSEEN, SUITABLE, UNSUITABLE
}			state = UNSEEN;
static fotapg_table tables[FOTAPG_TABLES];

/* What roles may do with them; the roles that asked last. */
#define ROLES 4

typedef struct role
{
	Oid			id;				/* InvalidOid = a free place */
	bool		may;
	bool		bound[FOTAPG_TABLES];	/* by the row policy */
	bool		bound_somewhere;
} role;

static role roles[ROLES];
static int	oldest;

/* --- forgetting ------------------------------------------------------------------------------- */

static void
forget_roles(void)
{
	memset(roles, 0, sizeof(roles));
}

/* Columns, keys, privileges and policies all count as changes of the table. */
static void
on_relation(Datum arg, Oid relation)
{
	bool		ours = state != SUITABLE || !OidIsValid(relation);

	(void) arg;
	for (int i = 0; i < FOTAPG_TABLES && !ours; i++)
		ours = tables[i].relation == relation;
	if (!ours)
		return;
	state = UNSEEN;
	forget_roles();
}

static void
on_schema(Datum arg, int cache, uint32 hash)
{
	(void) arg, (void) cache, (void) hash;
	state = UNSEEN;
	forget_roles();
}

/* Memberships of roles, and privileges on the function of the policies. */
static void
on_role(Datum arg, int cache, uint32 hash)
{
	(void) arg, (void) cache, (void) hash;
	forget_roles();
}

static void
listen(void)
{
	static bool listening = false;

	if (listening)
		return;
	CacheRegisterRelcacheCallback(on_relation, (Datum) 0);
	CacheRegisterSyscacheCallback(NAMESPACEOID, on_schema, (Datum) 0);
	CacheRegisterSyscacheCallback(AUTHOID, on_role, (Datum) 0);
	CacheRegisterSyscacheCallback(AUTHMEMROLEMEM, on_role, (Datum) 0);
	CacheRegisterSyscacheCallback(PROCOID, on_role, (Datum) 0);
	listening = true;
}

/* --- looking ---------------------------------------------------------------------------------- */

/* The number of a column of the type, or InvalidAttrNumber. */
static AttrNumber
find_column(Relation relation, const char *name, Oid type)
{
	for (int i = 0; i < RelationGetNumberOfAttributes(relation); i++)
	{
		Form_pg_attribute column = TupleDescAttr(RelationGetDescr(relation), i);

		if (!column->attisdropped && strcmp(NameStr(column->attname), name) == 0)
			return column->atttypid == type ? column->attnum : InvalidAttrNumber;
	}
	return InvalidAttrNumber;
}

/* Does an index begin with these columns of integers, in rising order, and hold all rows? */
static bool
serves(Relation index, AttrNumber tenant, AttrNumber key)
{
	Form_pg_index form = index->rd_index;
	int			keys = AttributeNumberIsValid(key) ? 2 : 1;

	if (index->rd_rel->relam != BTREE_AM_OID || !form->indisvalid || form->indcheckxmin ||
		form->indnkeyatts < keys || RelationGetIndexPredicate(index) != NIL || form->indkey.values[0] != tenant ||
		(keys > 1 && form->indkey.values[1] != key))
		return false;
	for (int i = 0; i < keys; i++)
		if (index->rd_opfamily[i] != INTEGER_BTREE_FAM_OID || index->rd_indoption[i] != 0)
			return false;
	return true;
}

static Oid
find_index(Relation relation, AttrNumber tenant, AttrNumber key)
{
	Oid			found = InvalidOid;
	List	   *indexes = RelationGetIndexList(relation);
	ListCell   *cell;

	foreach(cell, indexes)
	{
		Relation	index = index_open(lfirst_oid(cell), AccessShareLock);

		if (serves(index, tenant, key))
			found = lfirst_oid(cell);
		index_close(index, AccessShareLock);
		if (OidIsValid(found))
			break;
	}
	list_free(indexes);
	return found;
}

/* The function of the only policy of a table, if it binds all roles and asks that function about the tenant, and nothing else. */
static Oid
find_policy(Relation relation, AttrNumber tenant)
{
	RowSecurityPolicy *policy;
	FuncExpr   *call;
	Var		   *argument;

	if (relation->rd_rsdesc == NULL || list_length(relation->rd_rsdesc->policies) != 1)
		return InvalidOid;
	policy = linitial(relation->rd_rsdesc->policies);
	if (!policy->permissive || policy->hassublinks || ARR_DIMS(policy->roles)[0] != 1 ||
		((Oid *) ARR_DATA_PTR(policy->roles))[0] != ACL_ID_PUBLIC ||
		(policy->polcmd != '*' && policy->polcmd != ACL_SELECT_CHR) || policy->qual == NULL ||
		!IsA(policy->qual, FuncExpr))
		return InvalidOid;
	call = (FuncExpr *) policy->qual;
	if (call->funcretset || list_length(call->args) != 1 || !IsA(linitial(call->args), Var))
		return InvalidOid;
	argument = linitial(call->args);
	return argument->varno == 1 && argument->varlevelsup == 0 && argument->varattno == tenant ? call->funcid : InvalidOid;
}

static bool
look_at(fotapg_table_name name, Oid schema)
{
	fotapg_table *table = &tables[name];
	AttrNumber	tenant;
	AttrNumber	key;
	Relation	relation;
	bool		found = true;

	table->relation = get_relname_relid(wanted[name].name, schema);
	relation = OidIsValid(table->relation) ? try_relation_open(table->relation, AccessShareLock) : NULL;
	if (relation == NULL)
		return false;
	tenant = find_column(relation, "tenant_id", INT4OID);
	key = wanted[name].key == NULL ? InvalidAttrNumber : find_column(relation, wanted[name].key, INT8OID);
	for (int i = 0; i < FOTAPG_MOST_COLUMNS && wanted[name].columns[i].name != NULL && found; i++)
	{
		table->columns[i] = find_column(relation, wanted[name].columns[i].name, wanted[name].columns[i].type);
		found = AttributeNumberIsValid(table->columns[i]);
	}
	if (found)
		found = relation->rd_rel->relkind == RELKIND_RELATION && !relation->rd_rel->relhassubclass &&
			!relation->rd_rel->relforcerowsecurity && AttributeNumberIsValid(tenant) &&
			(wanted[name].key == NULL || AttributeNumberIsValid(key));
	if (found)
	{
		table->index = find_index(relation, tenant, key);
		table->policy = find_policy(relation, tenant);
		found = OidIsValid(table->index);
	}
	relation_close(relation, AccessShareLock);
	return found;
}

/* A change that arrives meanwhile sets state back, and counts. */
static void
look(void)
{
	Oid			schema = get_namespace_oid("fota", true);
	bool		found = OidIsValid(schema);

	do
	{
		state = SUITABLE;
		for (int i = 0; i < FOTAPG_TABLES && found; i++)
			found = look_at(i, schema);
	} while (state == UNSEEN && found);
	if (!found)
		state = UNSUITABLE;
}

/* --- roles ------------------------------------------------------------------------------------ */

static bool
may_call(Oid function, Oid user)
{
#if PG_VERSION_NUM >= 160000
	return object_aclcheck(ProcedureRelationId, function, user, ACL_EXECUTE) == ACLCHECK_OK;
#else
	return pg_proc_aclcheck(function, user, ACL_EXECUTE) == ACLCHECK_OK;
#endif
}

static void
judge_role(role *r, Oid user)
{
	r->id = user;
	r->may = true;
	r->bound_somewhere = false;
	for (int i = 0; i < FOTAPG_TABLES; i++)
	{
		r->bound[i] = check_enable_rls(tables[i].relation, InvalidOid, true) == RLS_ENABLED;
		r->bound_somewhere |= r->bound[i];
		r->may &= pg_class_aclcheck(tables[i].relation, user, ACL_SELECT) == ACLCHECK_OK &&
			(!r->bound[i] || (OidIsValid(tables[i].policy) && may_call(tables[i].policy, user)));
	}
}

static const role *
find_role(void)
{
	Oid			user = GetUserId();
	role	   *r;

	for (int i = 0; i < ROLES; i++)
		if (roles[i].id == user)
			return &roles[i];
	r = &roles[oldest];
	oldest = (oldest + 1) % ROLES;
	judge_role(r, user);
	return r;
}

/* Asks the function of a policy whether rows of the tenant are shown. */
static bool
shows(Oid function, int32 tenant_id)
{
	FmgrInfo	info;
	Datum		result;

	LOCAL_FCINFO(fcinfo, 1);

	fmgr_info(function, &info);
	InitFunctionCallInfoData(*fcinfo, &info, 1, InvalidOid, NULL, NULL);
	fcinfo->args[0] = (NullableDatum) {Int32GetDatum(tenant_id), false};
	result = FunctionCallInvoke(fcinfo);
	return !fcinfo->isnull && DatumGetBool(result);
}

const fotapg_table *
fotapg_tables_find(int32 tenant_id, bool *hidden)
{
	bool		bound[FOTAPG_TABLES];
	const role *r;

	listen();
	AcceptInvalidationMessages();
	if (state == UNSEEN)
		look();
	/* Other modules may have their own mind about who may read what. */
	if (state != SUITABLE || ExecutorCheckPerms_hook != NULL || row_security_policy_hook_permissive != NULL ||
		row_security_policy_hook_restrictive != NULL)
		return NULL;
	r = find_role();
	if (!r->may || (r->bound_somewhere && !row_security))
		return NULL;
	memset(hidden, 0, sizeof(bound));
	if (!r->bound_somewhere)
		return tables;
	/* What the function does may make us forget the role. */
	memcpy(bound, r->bound, sizeof(bound));
	for (int i = 0; i < FOTAPG_TABLES; i++)
		for (int k = 0; k <= i && bound[i]; k++)
		{
			if (k == i)
				hidden[i] = !shows(tables[i].policy, tenant_id);
			else if (bound[k] && tables[k].policy == tables[i].policy)
			{
				hidden[i] = hidden[k];
				break;
			}
		}
	return state == SUITABLE ? tables : NULL;
}

/* The lock has been taken since it was looked at: what came with it may say that it has changed. */
void
fotapg_tables_check(void)
{
	if (state != SUITABLE)
		ereport(ERROR, errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				errmsg("a table of devices was altered while devices were being read"), errhint("Try again."));
}
