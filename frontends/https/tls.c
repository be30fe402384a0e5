/* SPDX-License-Identifier: PostgreSQL */
/* tls.c: OpenSSL, public API only. */
#include "tls.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include "log.h"

struct tls_roots
{
	X509_STORE *store;
	EVP_MD_CTX *hash;			/* over all certificates, to see a difference */
	int			count;
};

static pthread_mutex_t roots_lock = PTHREAD_MUTEX_INITIALIZER;
static X509_STORE *roots_store;
static uint8_t roots_digest[32];
static int	peer_index = -1;

/* ---- roots ---- */

tls_roots *
tls_roots_new(void)
{
	tls_roots  *r = calloc(1, sizeof *r);

	if (r == NULL)
		abort();
	r->store = X509_STORE_new();
	r->hash = EVP_MD_CTX_new();
	if (r->store == NULL || r->hash == NULL || EVP_DigestInit_ex(r->hash, EVP_sha256(), NULL) != 1)
		abort();
	return r;
}

bool
tls_roots_add(tls_roots *roots, const uint8_t *der, size_t size)
{
	const uint8_t *p = der;
	X509	   *cert = d2i_X509(NULL, &p, (long) size);
	bool		good = cert != NULL && X509_STORE_add_cert(roots->store, cert) == 1;

	if (good)
	{
		EVP_DigestUpdate(roots->hash, der, size);
		roots->count++;
	}
	X509_free(cert);
	ERR_clear_error();
	return good;
}

bool
tls_roots_commit(tls_roots *roots)
{
	uint8_t		digest[32];
	X509_STORE *old = roots->store;
	bool		differ;

	EVP_DigestFinal_ex(roots->hash, digest, NULL);
	pthread_mutex_lock(&roots_lock);
	differ = roots_store == NULL || memcmp(digest, roots_digest, 32) != 0;
	if (differ)
	{
		old = roots_store;
		roots_store = roots->store;
		memcpy(roots_digest, digest, 32);
	}
	pthread_mutex_unlock(&roots_lock);
	if (differ)
		log_info("tls roots=%d", roots->count);
	X509_STORE_free(old);
	EVP_MD_CTX_free(roots->hash);
	free(roots);
	return differ;
}

void
tls_roots_drop(tls_roots *roots)
{
	X509_STORE_free(roots->store);
	EVP_MD_CTX_free(roots->hash);
	free(roots);
}

static X509_STORE *
take_roots(void)
{
	X509_STORE *store;

	pthread_mutex_lock(&roots_lock);
	store = roots_store;
	if (store != NULL)
		X509_STORE_up_ref(store);
	pthread_mutex_unlock(&roots_lock);
	return store ? store : X509_STORE_new();
}

/* ---- facts of a connection ---- */

static void
free_peer(void *parent, void *ptr, CRYPTO_EX_DATA *ad, int idx, long argl, void *argp)
{
	(void) parent;
	(void) ad;
	(void) idx;
	(void) argl;
	(void) argp;
	free(ptr);
}

static tls_peer *
peer_of(SSL *ssl)
{
	tls_peer   *p = SSL_get_ex_data(ssl, peer_index);

	if (p == NULL)
	{
		p = calloc(1, sizeof *p);
		if (p == NULL)
			abort();
		p->error = X509_V_ERR_UNSPECIFIED;
		SSL_set_ex_data(ssl, peer_index, p);
	}
	return p;
}

static void
digest_of(X509 *cert, uint8_t out[32])
{
	unsigned	size = 32;

	if (X509_digest(cert, EVP_sha256(), out, &size) != 1)
		memset(out, 0, 32);
}

/* Judges the certificate by the tenants' CAs, notes the result, and lets the handshake go on. */
static int
verify(X509_STORE_CTX *theirs, void *arg)
{
	SSL		   *ssl = X509_STORE_CTX_get_ex_data(theirs, SSL_get_ex_data_X509_STORE_CTX_idx());
	tls_peer   *p = peer_of(ssl);
	X509_STORE *store = take_roots();
	X509_STORE_CTX *v = X509_STORE_CTX_new();

	(void) arg;
	p->error = X509_V_ERR_UNSPECIFIED;
	if (v != NULL && store != NULL &&
		X509_STORE_CTX_init(v, store, X509_STORE_CTX_get0_cert(theirs), X509_STORE_CTX_get0_untrusted(theirs)) == 1)
	{
		STACK_OF(X509) *chain;

		X509_STORE_CTX_set_purpose(v, X509_PURPOSE_SSL_CLIENT);
		X509_VERIFY_PARAM_set_flags(X509_STORE_CTX_get0_param(v), X509_V_FLAG_PARTIAL_CHAIN);
		X509_VERIFY_PARAM_set_auth_level(X509_STORE_CTX_get0_param(v), 1);
		if (X509_verify_cert(v) == 1 && (chain = X509_STORE_CTX_get0_chain(v)) != NULL && sk_X509_num(chain) > 1)
		{
			p->error = X509_V_OK;
			digest_of(sk_X509_value(chain, sk_X509_num(chain) - 1), p->issuer);
		}
		else if (X509_STORE_CTX_get_error(v) != X509_V_OK)
			p->error = X509_STORE_CTX_get_error(v);
	}
	X509_STORE_CTX_free(v);
	X509_STORE_free(store);
	ERR_clear_error();
	X509_STORE_CTX_set_error(theirs, X509_V_OK);
	return 1;
}

static void
add_name(tls_peer *p, const uint8_t *text, int size)
{
	if (p->names == TLS_NAMES || size <= 0 || size >= TLS_NAME_SIZE || memchr(text, 0, (size_t) size) != NULL)
		return;
	memcpy(p->name[p->names], text, (size_t) size);
	p->name[p->names++][size] = '\0';
}

/* Fingerprint, names and end of the leaf. */
static void
read_leaf(tls_peer *p, X509 *leaf)
{
	X509_NAME  *subject = X509_get_subject_name(leaf);
	int			at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
	GENERAL_NAMES *names = X509_get_ext_d2i(leaf, NID_subject_alt_name, NULL, NULL);
	struct tm	end;

	p->cert = true;
	p->names = 0;
	digest_of(leaf, p->fingerprint);
	if (at >= 0)
	{
		ASN1_STRING *cn = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at));
		unsigned char *utf8 = NULL;
		int			size = ASN1_STRING_to_UTF8(&utf8, cn);

		if (size > 0)
			add_name(p, utf8, size);
		OPENSSL_free(utf8);
	}
	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++)
	{
		GENERAL_NAME *g = sk_GENERAL_NAME_value(names, i);

		if (g->type == GEN_DNS)
			add_name(p, ASN1_STRING_get0_data(g->d.dNSName), ASN1_STRING_length(g->d.dNSName));
	}
	GENERAL_NAMES_free(names);
	if (ASN1_TIME_to_tm(X509_get0_notAfter(leaf), &end) == 1)
		p->not_after = (int64_t) timegm(&end);
}

/* What the ticket keeps: the error and the issuer. */
#define TICKET_SIZE 36

static int
ticket_made(SSL *ssl, void *arg)
{
	tls_peer   *p = peer_of(ssl);
	uint8_t		data[TICKET_SIZE];

	(void) arg;
	memcpy(data, &p->error, 4);
	memcpy(data + 4, p->issuer, 32);
	return SSL_SESSION_set1_ticket_appdata(SSL_get_session(ssl), data, sizeof data);
}

static SSL_TICKET_RETURN
ticket_read(SSL *ssl, SSL_SESSION *session, const unsigned char *name, size_t size,
			SSL_TICKET_STATUS status, void *arg)
{
	(void) ssl;
	(void) session;
	(void) name;
	(void) size;
	(void) arg;
	if (status == SSL_TICKET_SUCCESS)
		return SSL_TICKET_RETURN_USE;
	return status == SSL_TICKET_SUCCESS_RENEW ? SSL_TICKET_RETURN_USE_RENEW : SSL_TICKET_RETURN_IGNORE_RENEW;
}

static void
handshake_info(const SSL *const_ssl, int where, int ret)
{
	SSL		   *ssl = (SSL *) const_ssl;
	tls_hook	hook;
	tls_peer   *p;
	X509	   *leaf;

	(void) ret;
	if (!(where & SSL_CB_HANDSHAKE_DONE))
		return;
	p = peer_of(ssl);
	if (SSL_session_reused(ssl))
	{
		void	   *data;
		size_t		size;

		if (SSL_SESSION_get0_ticket_appdata(SSL_get_session(ssl), &data, &size) == 1 && size == TICKET_SIZE)
		{
			memcpy(&p->error, data, 4);
			memcpy(p->issuer, (uint8_t *) data + 4, 32);
		}
	}
	leaf = SSL_get0_peer_certificate(ssl);
	if (leaf != NULL)
		read_leaf(p, leaf);
	hook = (tls_hook) SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
	if (hook != NULL)
		hook(ssl, p);
}

/* Selects http/1.1; a client that offers only other protocols is refused. */
static int
select_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_size,
				const unsigned char *in, unsigned in_size, void *arg)
{
	static const unsigned char ours[] = "\x08http/1.1";
	unsigned char *chosen;

	(void) ssl;
	(void) arg;
	if (SSL_select_next_proto(&chosen, out_size, ours, sizeof ours - 1, in, in_size) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

SSL_CTX *
tls_context(const char *cert_file, const char *key_file, tls_hook hook, char *error, size_t error_size)
{
	SSL_CTX    *ctx = SSL_CTX_new(TLS_server_method());
	const char *what = "OpenSSL";
	bool		good;

	if (peer_index < 0)
		peer_index = SSL_get_ex_new_index(0, NULL, NULL, NULL, free_peer);
	good = ctx != NULL && SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1 &&
		SSL_CTX_set_cipher_list(ctx, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1 &&
		SSL_CTX_set_session_id_context(ctx, (const unsigned char *) "fota", 4) == 1;
	if (good)
	{
		SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
		SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
		SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
		SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
		SSL_CTX_set_cert_verify_callback(ctx, verify, NULL);
		SSL_CTX_set_session_ticket_cb(ctx, ticket_made, ticket_read, NULL);
		SSL_CTX_set_alpn_select_cb(ctx, select_protocol, NULL);
		SSL_CTX_set_info_callback(ctx, handshake_info);
		SSL_CTX_set_app_data(ctx, (char *) hook);
		what = cert_file;
		good = SSL_CTX_use_certificate_chain_file(ctx, cert_file) == 1;
	}
	if (good)
	{
		what = key_file;
		good = SSL_CTX_use_PrivateKey_file(ctx, key_file, SSL_FILETYPE_PEM) == 1 &&
			SSL_CTX_check_private_key(ctx) == 1;
	}
	if (!good)
	{
		unsigned long code = ERR_peek_last_error();

		snprintf(error, error_size, "%s: %s", what, code ? ERR_reason_error_string(code) : "cannot be used");
		ERR_clear_error();
		SSL_CTX_free(ctx);
		return NULL;
	}
	return ctx;
}

const char *
tls_error_text(int error)
{
	return X509_verify_cert_error_string(error);
}
