/* SPDX-License-Identifier: PostgreSQL */
/*
 * resolve_table.c: may the tables of devices be read by their keys? To start a query over
 * them costs several times what it takes to read one device.
 *
 * What a query would refuse or hide stays refused or hidden: tables are read by key only by
 * a role that may SELECT all columns of all of them, and only where there is no row policy,
 * or one that looks at the tenant alone, which is then asked once per call.
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
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/params.h"
#include "optimizer/optimizer.h"
#include "rewrite/rowsecurity.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/rls.h"
#include "utils/syscache.h"

/*
 * A table, the second column of its key, if that is of interest, a column of which only NULLs are, and the columns that
 * are read; the first of the key is tenant_id.
 */
static const struct
{
	const char *name;
	const char *key;
	const char *null;
	struct
	{
		const char *name;
		Oid			type;
	}			columns[FOTAPG_MOST_COLUMNS];
}			wanted[FOTAPG_TABLES] = {
	[FOTAPG_T_EPOCH] = {"epoch", NULL, NULL, {{"epoch", INT8OID}}},
	[FOTAPG_T_CHANGE] = {"change", NULL, "epoch", {{"epoch", INT8OID}}},
	[FOTAPG_T_DEVICE] = {"device", "device_id", NULL, {
		{"device_id", INT8OID}, {"model", TEXTOID}, {"serial", TEXTOID}, {"serial_key", TEXTOID}, {"name", TEXTOID},
		{"batch", TEXTOID}, {"time_zone", TEXTOID}, {"year", INT4OID}, {"postponed_until", TIMESTAMPTZOID},
		{"tags", TEXTARRAYOID}, {"attributes", JSONBOID}}},
	[FOTAPG_T_REPORTED] = {"device_report_state", "device_id", NULL, {
		{"device_id", INT8OID}, {"hw", TEXTOID}, {"accept", JSONBOID}, {"flags", INT8OID}}},
	[FOTAPG_T_CONTENTS] = {"device_contents", "device_id", NULL, {
		{"device_id", INT8OID}, {"component", TEXTOID}, {"present", BOOLOID}, {"version", TEXTOID},
		{"digest", BYTEAOID}, {"slot", INT4OID}}},
	[FOTAPG_T_ACTION] = {"action", "device_id", NULL, {
		{"device_id", INT8OID}, {"action", INT4OID}, {"state", TEXTOID}, {"epoch", INT8OID}}},
	[FOTAPG_T_ITEM] = {"action_item", "device_id", NULL, {
		{"device_id", INT8OID}, {"action", INT4OID}, {"item", INT4OID}, {"rule_id", INT8OID}, {"component", TEXTOID},
		{"version", TEXTOID}, {"from_version", TEXTOID}, {"state", TEXTOID}, {"forgiven", BOOLOID},
		{"closed_at", TIMESTAMPTZOID}}},
};

static enum
{
	UNSEEN, SUITABLE, UNSUITABLE
}			state = UNSEEN;
static fotapg_table tables[FOTAPG_TABLES];

/* The different row policies of them, with the tenant as parameter 1; most tables have the same. */
static Expr *policies[FOTAPG_TABLES];
static int	policy_count;
static MemoryContext policy_context;

/* What roles may do with them; the roles that asked last. */
#define ROLES 4

typedef struct role
{
	Oid			id;				/* InvalidOid = a free place */
	MemoryContext context;
	bool		may;
	bool		bound[FOTAPG_TABLES];	/* by the row policy */
	bool		bound_somewhere;
	ExprState  *states[FOTAPG_TABLES];	/* of the policies */
} role;

static role roles[ROLES];
static int	oldest;
static bool stale;				/* what is known of roles is to be forgotten when nothing is being asked */
static int	asking;

/* --- forgetting ------------------------------------------------------------------------------- */

static void
forget_role(role *r)
{
	if (r->context != NULL)
		MemoryContextDelete(r->context);
	memset(r, 0, sizeof(*r));
}

static void
forget_stale(void)
{
	if (!stale || asking > 0)
		return;
	for (int i = 0; i < ROLES; i++)
		forget_role(&roles[i]);
	stale = false;
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
	stale = true;
}

static void
on_schema(Datum arg, int cache, uint32 hash)
{
	(void) arg, (void) cache, (void) hash;
	state = UNSEEN;
	stale = true;
}

/* Memberships of roles, and functions of the policies. */
static void
on_role(Datum arg, int cache, uint32 hash)
{
	(void) arg, (void) cache, (void) hash;
	stale = true;
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

/* Does the index hold all rows, or, unless column is invalid, those where it is NULL? */
static bool
holds(Relation index, AttrNumber column)
{
	List	   *predicate = RelationGetIndexPredicate(index);
	NullTest   *test;

	if (!AttributeNumberIsValid(column) || list_length(predicate) != 1 || !IsA(linitial(predicate), NullTest))
		return predicate == NIL && !AttributeNumberIsValid(column);
	test = linitial(predicate);
	return test->nulltesttype == IS_NULL && IsA(test->arg, Var) && ((Var *) test->arg)->varattno == column;
}

/* Does an index begin with these columns of integers, in rising order, and hold the rows? */
static bool
serves(Relation index, AttrNumber tenant, AttrNumber key, AttrNumber null)
{
	Form_pg_index form = index->rd_index;
	int			keys = AttributeNumberIsValid(key) ? 2 : 1;

	if (index->rd_rel->relam != BTREE_AM_OID || !form->indisvalid || form->indcheckxmin ||
		form->indnkeyatts < keys || form->indkey.values[0] != tenant ||
		(keys > 1 && form->indkey.values[1] != key) || !holds(index, null))
		return false;
	for (int i = 0; i < keys; i++)
		if (index->rd_opfamily[i] != INTEGER_BTREE_FAM_OID || index->rd_indoption[i] != 0)
			return false;
	return true;
}

static Oid
find_index(Relation relation, AttrNumber tenant, AttrNumber key, AttrNumber null)
{
	Oid			found = InvalidOid;
	List	   *indexes = RelationGetIndexList(relation);
	ListCell   *cell;

	foreach(cell, indexes)
	{
		Relation	index = index_open(lfirst_oid(cell), AccessShareLock);

		if (serves(index, tenant, key, null))
			found = lfirst_oid(cell);
		index_close(index, AccessShareLock);
		if (OidIsValid(found))
			break;
	}
	list_free(indexes);
	return found;
}

typedef struct mutation
{
	AttrNumber	tenant;
	bool		fails;			/* it looks at something else, too */
} mutation;

/* Puts a parameter where the tenant stands. */
static Node *
mutate(Node *node, mutation *m)
{
	const Var  *var = (const Var *) node;
	Param	   *param;

	if (node == NULL)
		return NULL;
	if (!IsA(node, Var))
	{
		m->fails |= IsA(node, Param) || IsA(node, SubLink) || IsA(node, SubPlan);
		return expression_tree_mutator(node, mutate, m);
	}
	m->fails |= var->varno != 1 || var->varlevelsup != 0 || var->varattno != m->tenant;
	param = makeNode(Param);
	param->paramkind = PARAM_EXTERN;
	param->paramid = 1;
	param->paramtype = INT4OID;
	param->paramtypmod = -1;
	param->location = -1;
	return (Node *) param;
}

/* The number of the only policy of a table, if it binds all roles and looks at the tenant alone, else -1. */
static int
find_policy(Relation relation, AttrNumber tenant)
{
	mutation	m = {tenant, false};
	RowSecurityPolicy *policy;
	MemoryContext old;
	Node	   *qual;

	if (relation->rd_rsdesc == NULL || list_length(relation->rd_rsdesc->policies) != 1)
		return -1;
	policy = linitial(relation->rd_rsdesc->policies);
	if (!policy->permissive || policy->hassublinks || ARR_DIMS(policy->roles)[0] != 1 ||
		((Oid *) ARR_DATA_PTR(policy->roles))[0] != ACL_ID_PUBLIC ||
		(policy->polcmd != '*' && policy->polcmd != ACL_SELECT_CHR) || policy->qual == NULL)
		return -1;
	old = MemoryContextSwitchTo(policy_context);
	qual = mutate((Node *) policy->qual, &m);
	MemoryContextSwitchTo(old);
	if (m.fails || contain_volatile_functions(qual))
		return -1;
	for (int i = 0; i < policy_count; i++)
		if (equal(qual, policies[i]))
			return i;
	policies[policy_count] = (Expr *) qual;
	return policy_count++;
}

static bool
look_at(fotapg_table_name name, Oid schema)
{
	fotapg_table *table = &tables[name];
	AttrNumber	tenant;
	AttrNumber	key = InvalidAttrNumber;
	AttrNumber	null = InvalidAttrNumber;
	Relation	relation;
	bool		found = true;

	table->relation = get_relname_relid(wanted[name].name, schema);
	relation = OidIsValid(table->relation) ? try_relation_open(table->relation, AccessShareLock) : NULL;
	if (relation == NULL)
		return false;
	tenant = find_column(relation, "tenant_id", INT4OID);
	if (wanted[name].key != NULL)
		key = find_column(relation, wanted[name].key, INT8OID);
	if (wanted[name].null != NULL)
		null = find_column(relation, wanted[name].null, INT8OID);
	for (int i = 0; i < FOTAPG_MOST_COLUMNS && wanted[name].columns[i].name != NULL && found; i++)
	{
		table->columns[i] = find_column(relation, wanted[name].columns[i].name, wanted[name].columns[i].type);
		found = AttributeNumberIsValid(table->columns[i]);
	}
	if (found)
		found = relation->rd_rel->relkind == RELKIND_RELATION && !relation->rd_rel->relhassubclass &&
			!relation->rd_rel->relforcerowsecurity && AttributeNumberIsValid(tenant) &&
			(wanted[name].key == NULL || AttributeNumberIsValid(key)) &&
			(wanted[name].null == NULL || AttributeNumberIsValid(null));
	if (found)
	{
		table->index = find_index(relation, tenant, key, null);
		table->policy = find_policy(relation, tenant);
		table->secured = relation->rd_rel->relrowsecurity;
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
		if (policy_context == NULL)
			policy_context = AllocSetContextCreate(TopMemoryContext, "fota policies", ALLOCSET_SMALL_SIZES);
		MemoryContextReset(policy_context);
		policy_count = 0;
		state = SUITABLE;
		for (int i = 0; i < FOTAPG_TABLES && found; i++)
			found = look_at(i, schema);
	} while (state == UNSEEN && found);
	if (!found)
		state = UNSUITABLE;
}

/* --- roles ------------------------------------------------------------------------------------ */

/* Raises what a query would raise when the role may not call a function of a policy. */
static void
judge_role(role *r, Oid user)
{
	MemoryContext old;

	forget_role(r);
	r->context = AllocSetContextCreate(TopMemoryContext, "fota role", ALLOCSET_SMALL_SIZES);
	r->may = true;
	for (int i = 0; i < FOTAPG_TABLES; i++)
	{
		r->bound[i] = check_enable_rls(tables[i].relation, InvalidOid, true) == RLS_ENABLED;
		r->bound_somewhere |= r->bound[i];
		r->may &= pg_class_aclcheck(tables[i].relation, user, ACL_SELECT) == ACLCHECK_OK &&
			(!r->bound[i] || tables[i].policy >= 0);
	}
	old = MemoryContextSwitchTo(r->context);
	for (int i = 0; i < policy_count && r->may && r->bound_somewhere; i++)
		r->states[i] = ExecInitExprWithParams(expression_planner(copyObject(policies[i])), NULL);
	MemoryContextSwitchTo(old);
	r->id = user;
}

static role *
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

/* Does a policy show rows of the tenant? */
static bool
shows(ExprState *policy, int32 tenant_id)
{
	ExprContext *context = CreateStandaloneExprContext();
	ParamListInfo params = makeParamList(1);
	Datum		result;
	bool		is_null;

	params->params[0] = (ParamExternData) {.value = Int32GetDatum(tenant_id), .ptype = INT4OID};
	context->ecxt_param_list_info = params;
	result = ExecEvalExprSwitchContext(policy, context, &is_null);
	FreeExprContext(context, true);
	return !is_null && DatumGetBool(result);
}

/* The role must not be forgotten meanwhile. */
static void
ask_policies(const role *r, int32 tenant_id, bool *hidden)
{
	bool		shown[FOTAPG_TABLES];

	asking++;
	PG_TRY();
	{
		for (int i = 0; i < policy_count; i++)
			shown[i] = shows(r->states[i], tenant_id);
		for (int i = 0; i < FOTAPG_TABLES; i++)
			hidden[i] = r->bound[i] && !shown[tables[i].policy];
	}
	PG_FINALLY();
	{
		asking--;
	}
	PG_END_TRY();
}

const fotapg_table *
fotapg_tables_find(int32 tenant_id, bool *hidden)
{
	const role *r;

	listen();
	AcceptInvalidationMessages();
	/* A policy that is being asked may ask itself: let that go by queries. */
	if (asking > 0)
		return NULL;
	forget_stale();
	if (state == UNSEEN)
		look();
	/* Other modules may have their own mind about who may read what. */
	if (state != SUITABLE || ExecutorCheckPerms_hook != NULL || row_security_policy_hook_permissive != NULL ||
		row_security_policy_hook_restrictive != NULL)
		return NULL;
	r = find_role();
	if (!r->may || (r->bound_somewhere && !row_security))
		return NULL;
	memset(hidden, 0, sizeof(bool) * FOTAPG_TABLES);
	if (r->bound_somewhere)
		ask_policies(r, tenant_id, hidden);
	return state == SUITABLE ? tables : NULL;
}

/* Looks again: is all as before? */
static bool
is_unchanged(void)
{
	fotapg_table before[FOTAPG_TABLES];
	Node	   *rules[FOTAPG_TABLES];
	int			count = policy_count;

	memcpy(before, tables, sizeof(before));
	for (int i = 0; i < count; i++)
		rules[i] = copyObject((Node *) policies[i]);
	look();
	if (state != SUITABLE || policy_count != count || memcmp(before, tables, sizeof(before)) != 0)
		return false;
	for (int i = 0; i < count; i++)
		if (!equal(rules[i], policies[i]))
			return false;
	return true;
}

/*
 * The lock has been taken since it was looked at: what came with it may say that something has changed. Most often it was
 * VACUUM or ANALYZE, after which all is as before.
 */
void
fotapg_tables_check(void)
{
	if (state != SUITABLE && !is_unchanged())
		ereport(ERROR, errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				errmsg("a table of devices was altered while devices were being read"), errhint("Try again."));
}
