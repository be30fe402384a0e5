/* SPDX-License-Identifier: PostgreSQL */
/*
 * resolve_document.c: a device as filters see it. The same document as that of
 * fota.device_document, of what the batch has read already: columns that are NULL and
 * components that are unknown or absent are left out; tags, attributes and contents are
 * always there.
 */
#include "resolve.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/numeric.h"

#include "hash.h"

static JsonbValue
string_value(const char *text)
{
	JsonbValue	value = {.type = jbvString};

	value.val.string.val = (char *) text;
	value.val.string.len = (int) strlen(text);
	return value;
}

static void
put_key(JsonbParseState **state, const char *key)
{
	JsonbValue	value = string_value(key);

	pushJsonbValue(state, WJB_KEY, &value);
}

static void
put_string(JsonbParseState **state, const char *key, const char *text)
{
	JsonbValue	value;

	if (text == NULL)
		return;
	put_key(state, key);
	value = string_value(text);
	pushJsonbValue(state, WJB_VALUE, &value);
}

static void
put_year(JsonbParseState **state, const fota_device *device)
{
	JsonbValue	value = {.type = jbvNumeric};

	if (!device->has_year)
		return;
	put_key(state, "year");
	value.val.numeric = DatumGetNumeric(DirectFunctionCall1(int8_numeric, Int64GetDatum(device->year)));
	pushJsonbValue(state, WJB_VALUE, &value);
}

static void
put_tags(JsonbParseState **state, Datum tags)
{
	Datum	   *elements;
	bool	   *nulls;
	int			count;

	put_key(state, "tags");
	pushJsonbValue(state, WJB_BEGIN_ARRAY, NULL);
	deconstruct_array(DatumGetArrayTypeP(tags), TEXTOID, -1, false, TYPALIGN_INT, &elements, &nulls, &count);
	for (int i = 0; i < count; i++)
	{
		JsonbValue	value = {.type = jbvNull};

		if (!nulls[i])
			value = string_value(TextDatumGetCString(elements[i]));
		pushJsonbValue(state, WJB_ELEM, &value);
	}
	pushJsonbValue(state, WJB_END_ARRAY, NULL);
}

static void
put_attributes(JsonbParseState **state, Datum attributes)
{
	Jsonb	   *document = DatumGetJsonbP(attributes);
	JsonbValue	value = {.type = jbvBinary};

	put_key(state, "attributes");
	value.val.binary.data = &document->root;
	value.val.binary.len = VARSIZE(document) - VARHDRSZ;
	pushJsonbValue(state, WJB_VALUE, &value);
}

static void
put_contents(JsonbParseState **state, const fota_seen *seen, size_t count)
{
	put_key(state, "contents");
	pushJsonbValue(state, WJB_BEGIN_OBJECT, NULL);
	for (size_t i = 0; i < count; i++)
	{
		char		hex[2 * 64 + 1];

		put_key(state, seen[i].component);
		pushJsonbValue(state, WJB_BEGIN_OBJECT, NULL);
		put_string(state, "version", seen[i].version);
		if (seen[i].digest != NULL && seen[i].digest_size <= 64)
		{
			fota_hex(seen[i].digest, seen[i].digest_size, hex);
			put_string(state, "digest", pstrdup(hex));
		}
		pushJsonbValue(state, WJB_END_OBJECT, NULL);
	}
	pushJsonbValue(state, WJB_END_OBJECT, NULL);
}

Datum
fotapg_make_document(const fotapg_device *entry, const fota_seen *seen, size_t count)
{
	const fota_device *device = &entry->device;
	JsonbParseState *state = NULL;

	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	put_string(&state, "model", entry->model);
	put_string(&state, "serial", device->serial);
	put_string(&state, "name", device->name);
	put_string(&state, "batch", device->batch);
	put_year(&state, device);
	put_tags(&state, entry->tags);
	put_attributes(&state, entry->attributes);
	put_contents(&state, seen, count);
	return JsonbPGetDatum(JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL)));
}
