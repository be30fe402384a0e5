/* SPDX-License-Identifier: PostgreSQL */
/* fuzz_cms.c: the reader of CMS on hostile bytes: spans inside of the input, and never valid by a key that signed nothing. */
#include "cms.h"

#include "fuzz_package.h"

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static fota_proofs proofs;
	fota_ctx	ctx = {.alloc = take, .free = give, .limit = 64 << 20};
	fota_key	key = {.name = "a", .der = {some_key, sizeof(some_key)}};
	fota_cms	cms;
	fota_status status = fota_cms_open(&ctx, (fota_bytes) {data, size}, "it", 0, &cms);

	if (status == FOTA_OK)
	{
		proofs.count = 0;
		if (cms.signer_count == 0 || (cms.has_content && (cms.content.data < data || cms.content.size > size)))
			abort();
		status = fota_cms_verify(&ctx, &cms, (fota_bytes) {data, size}, &key, 1, "it", &proofs);
		for (size_t i = 0; i < proofs.count; i++)
			if (proofs.list[i].result == FOTA_PROOF_VALID)
				abort();
	}
	if ((status != FOTA_OK && ctx.error.message[0] == '\0') || ctx.used != 0)
		abort();
	return 0;
}
