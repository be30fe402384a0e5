/* SPDX-License-Identifier: PostgreSQL */
/* digest.c: fota.blob_digest, the digests that DDI clients check. */
#include "fotapg.h"

#include "hash.h"
#include "utils/builtins.h"

FOTAPG_FUNCTION(fotapg_blob_digest);

static fota_hash_kind
kind_of(text *name)
{
	static const struct
	{
		char		name[8];
		fota_hash_kind kind;
	}			kinds[] = {{"sha1", FOTA_HASH_SHA1}, {"md5", FOTA_HASH_MD5}, {"sha256", FOTA_HASH_SHA256}};
	char	   *wanted = text_to_cstring(name);

	for (size_t i = 0; i < lengthof(kinds); i++)
		if (strcmp(kinds[i].name, wanted) == 0)
			return kinds[i].kind;
	ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("unknown kind of digest \"%s\"", wanted),
			errhint("The kinds are sha1, md5 and sha256."));
}

/* OpenSSL's state is made and released within one call that does not poll: an interrupt cannot leak it. */
Datum
fotapg_blob_digest(PG_FUNCTION_ARGS)
{
	fota_hash_kind kind = kind_of(PG_GETARG_TEXT_PP(0));
	fota_bytes	data = fotapg_bytes(PG_GETARG_BYTEA_PP(1));
	uint8_t		digest[FOTA_SHA256_SIZE];
	fota_ctx	ctx;
	fota_status status;

	fotapg_ctx_init(&ctx, CurrentMemoryContext, FOTAPG_MEMORY);
	if (kind == FOTA_HASH_SHA1)
		status = fota_sha1(&ctx, data.data, data.size, digest);
	else if (kind == FOTA_HASH_MD5)
		status = fota_md5(&ctx, data.data, data.size, digest);
	else
		status = fota_sha256(&ctx, data.data, data.size, digest);
	fotapg_check(&ctx, status);
	PG_RETURN_BYTEA_P(fotapg_bytea(digest, fota_hash_size(kind)));
}
