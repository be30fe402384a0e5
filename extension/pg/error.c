/* SPDX-License-Identifier: PostgreSQL */
/*
 * error.c: the one place where a core error becomes an SQL error: SQLSTATE UFnnn
 * (53200 out of memory, 57014 canceled, XX000 a bug of ours), message, detail with
 * the byte offset, and hint.
 */
#include "fotapg.h"

#include "mb/pg_wchar.h"

/* A message may quote bytes of a file; what is no text here would make the report itself fail. */
char *
fotapg_clean(char *text)
{
	if (!pg_verify_mbstr(GetDatabaseEncoding(), text, strlen(text), true))
		for (char *p = text; *p != '\0'; p++)
			if (IS_HIGHBIT_SET(*p))
				*p = '?';
	return text;
}

static int
sqlstate(fota_status code)
{
	const char *s = fota_status_sqlstate(code);

	return MAKE_SQLSTATE(s[0], s[1], s[2], s[3], s[4]);
}

void
fotapg_check(fota_ctx *ctx, fota_status status)
{
	fota_error *error = &ctx->error;
	char		detail[FOTA_MESSAGE_SIZE + 64];

	if (likely(status == FOTA_OK))
		return;
	fota_error_detail(error, detail, sizeof(detail));
	ereport(ERROR,
			errcode(sqlstate(status)),
			errmsg("%s", fotapg_clean(error->message)),
			detail[0] != '\0' ? errdetail("%s", fotapg_clean(detail)) : 0,
			error->hint[0] != '\0' ? errhint("%s", fotapg_clean(error->hint)) : 0);
}
