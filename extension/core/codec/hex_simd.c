/* SPDX-License-Identifier: PostgreSQL */
/*
 * hex_simd.c: many hexadecimal digits at once; see hex_simd.h.
 *
 * How 16 digits become values: c + 0xC6 brings '0'..'9' to the top of a byte, so that a saturating subtraction
 * and one more give 0..9 for digits and above 15 for all else; upper-case letters less 'A', plus 10 with
 * saturation, give 10..15 for letters and above 15 for all else. The smaller of both is the value, above 15
 * when the character is no digit.
 */
#include "hex_simd.h"

#include <string.h>

const char	fota_hex_upper[17] = "0123456789ABCDEF";

static int	chosen = -1;		/* a fota_hex_way; threads that find it out at once find the same */

/* --- which way ---------------------------------------------------------------------------- */

static fota_hex_way
best_way(void)
{
#if defined(__x86_64__)
	__builtin_cpu_init();
	return __builtin_cpu_supports("avx2") ? FOTA_HEX_256 : __builtin_cpu_supports("ssse3") ? FOTA_HEX_128 :
		FOTA_HEX_SCALAR;
#elif defined(__aarch64__)
	return FOTA_HEX_128;
#else
	return FOTA_HEX_SCALAR;
#endif
}

fota_hex_way
fota_hex_use(fota_hex_way way)
{
	fota_hex_way best = best_way();

	__atomic_store_n(&chosen, (int) (way < best ? way : best), __ATOMIC_RELAXED);
	return way < best ? way : best;
}

fota_hex_way
fota_hex_ways(void)
{
	int			way = __atomic_load_n(&chosen, __ATOMIC_RELAXED);

	return way >= 0 ? (fota_hex_way) way : fota_hex_use(FOTA_HEX_BEST);
}

/* --- what all ways share ------------------------------------------------------------------ */

/* Is this line within the file, with its mark and line end? */
static inline bool
frame_fits(const fota_hex_line *line, const uint8_t *p, const uint8_t *end, size_t stride)
{
	const uint8_t *tail = p + stride;

	if ((size_t) (end - p) < stride || p[0] != line->mark[0] || p[line->mark_size - 1] != line->mark[line->mark_size - 1])
		return false;
	return tail[-1] == '\n' && (line->end_size == 1 || tail[-2] == '\r');
}

/* The head's bytes and, in the highest byte, the checksum, as they come from 16 digits: little-endian. */
static inline bool
head_is(uint64_t bytes, const fota_hex_line *line, uint64_t head)
{
	return __builtin_bswap64(bytes) >> (8 * (8 - line->head_size)) == head;
}

#if defined(__x86_64__)
#include <immintrin.h>

/* --- x86-64 ------------------------------------------------------------------------------- */

/* The values of 16 digits; bits 7 of *bad where there is none. */
__attribute__((target("ssse3"))) static inline __m128i
values_128(__m128i c, __m128i *bad)
{
	__m128i		digit = _mm_sub_epi8(_mm_subs_epu8(_mm_add_epi8(c, _mm_set1_epi8((char) 0xc6)), _mm_set1_epi8(6)),
									 _mm_set1_epi8((char) 0xf0));
	__m128i		letter = _mm_adds_epu8(_mm_sub_epi8(_mm_and_si128(c, _mm_set1_epi8((char) 0xdf)), _mm_set1_epi8('A')),
									   _mm_set1_epi8(10));
	__m128i		value = _mm_min_epu8(digit, letter);

	*bad = _mm_or_si128(*bad, _mm_adds_epu8(value, _mm_set1_epi8(112)));
	return _mm_maddubs_epi16(value, _mm_set1_epi16(0x0110));
}

/* The digits of the head in front and those of the checksum at the end of 16, zeros between them. */
__attribute__((target("ssse3"))) static inline __m128i
head_digits(const fota_hex_line *line, const uint8_t *head, const uint8_t *checksum, __m128i keep)
{
	__m128i		c = _mm_loadu_si128((const __m128i *) (const void *) head);
	uint16_t	last;

	(void) line;
	memcpy(&last, checksum, sizeof(last));
	c = _mm_or_si128(_mm_and_si128(c, keep), _mm_andnot_si128(keep, _mm_set1_epi8('0')));
	return _mm_insert_epi16(c, last, 7);
}

/* A mask of the first bytes, as many as the head has digits. */
__attribute__((target("ssse3"))) static inline __m128i
head_mask(const fota_hex_line *line)
{
	__m128i		place = _mm_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);

	return _mm_cmplt_epi8(place, _mm_set1_epi8((char) (2 * line->head_size)));
}

__attribute__((target("ssse3"))) static size_t
run_128(const fota_hex_line *line, const uint8_t *p, const uint8_t *end, size_t lines, uint8_t *out)
{
	size_t		stride = fota_hex_stride(line);
	size_t		data_at = line->mark_size + 2 * line->head_size;
	size_t		sum_at = data_at + 2 * line->data_size;
	__m128i		keep = head_mask(line);
	uint64_t	head = line->head;
	size_t		done = 0;

	for (; done < lines && frame_fits(line, p, end, stride); done++, p += stride, head += line->step)
	{
		const uint8_t *digits = p + data_at;
		__m128i		bad = _mm_setzero_si128();
		__m128i		first = values_128(head_digits(line, p + line->mark_size, p + sum_at, keep), &bad);
		__m128i		bytes = _mm_packus_epi16(first, _mm_setzero_si128());
		__m128i		sum = _mm_sad_epu8(bytes, _mm_setzero_si128());
		uint64_t	found = (uint64_t) _mm_cvtsi128_si64(bytes);

		__builtin_prefetch(p + FOTA_HEX_AHEAD);
		for (unsigned at = 0; at < line->data_size; at += 16, digits += 32)
		{
			__m128i		low = values_128(_mm_loadu_si128((const __m128i *) (const void *) digits), &bad);
			__m128i		high = values_128(_mm_loadu_si128((const __m128i *) (const void *) (digits + 16)), &bad);

			bytes = _mm_packus_epi16(low, high);
			sum = _mm_add_epi64(sum, _mm_sad_epu8(bytes, _mm_setzero_si128()));
			_mm_storeu_si128((__m128i *) (void *) (out + at), bytes);
		}
		sum = _mm_add_epi64(sum, _mm_unpackhi_epi64(sum, sum));
		if (_mm_movemask_epi8(bad) != 0 || (uint8_t) _mm_cvtsi128_si32(sum) != line->sum || !head_is(found, line, head))
			break;
		out += line->data_size;
	}
	return done;
}

__attribute__((target("avx2"))) static inline __m256i
values_256(__m256i c, __m256i *bad)
{
	__m256i		digit = _mm256_sub_epi8(_mm256_subs_epu8(_mm256_add_epi8(c, _mm256_set1_epi8((char) 0xc6)),
														 _mm256_set1_epi8(6)), _mm256_set1_epi8((char) 0xf0));
	__m256i		letter = _mm256_adds_epu8(_mm256_sub_epi8(_mm256_and_si256(c, _mm256_set1_epi8((char) 0xdf)),
														  _mm256_set1_epi8('A')), _mm256_set1_epi8(10));
	__m256i		value = _mm256_min_epu8(digit, letter);

	*bad = _mm256_or_si256(*bad, _mm256_adds_epu8(value, _mm256_set1_epi8(112)));
	return _mm256_maddubs_epi16(value, _mm256_set1_epi16(0x0110));
}

__attribute__((target("avx2"))) static size_t
run_256(const fota_hex_line *line, const uint8_t *p, const uint8_t *end, size_t lines, uint8_t *out)
{
	size_t		stride = fota_hex_stride(line);
	size_t		data_at = line->mark_size + 2 * line->head_size;
	size_t		sum_at = data_at + 2 * line->data_size;
	__m128i		keep = head_mask(line);
	uint64_t	head = line->head;
	size_t		done = 0;

	for (; done < lines && frame_fits(line, p, end, stride); done++, p += stride, head += line->step)
	{
		const uint8_t *digits = p + data_at;
		__m128i		bad = _mm_setzero_si128();
		__m256i		bad_data = _mm256_setzero_si256();
		__m128i		first = values_128(head_digits(line, p + line->mark_size, p + sum_at, keep), &bad);
		__m128i		bytes = _mm_packus_epi16(first, _mm_setzero_si128());
		__m128i		sum = _mm_sad_epu8(bytes, _mm_setzero_si128());
		uint64_t	found = (uint64_t) _mm_cvtsi128_si64(bytes);

		__builtin_prefetch(p + FOTA_HEX_AHEAD);
		for (unsigned at = 0; at < line->data_size; at += 16, digits += 32)
		{
			__m256i		pairs = values_256(_mm256_loadu_si256((const __m256i *) (const void *) digits), &bad_data);

			bytes = _mm256_castsi256_si128(_mm256_permute4x64_epi64(_mm256_packus_epi16(pairs, pairs), 0x08));
			sum = _mm_add_epi64(sum, _mm_sad_epu8(bytes, _mm_setzero_si128()));
			_mm_storeu_si128((__m128i *) (void *) (out + at), bytes);
		}
		sum = _mm_add_epi64(sum, _mm_unpackhi_epi64(sum, sum));
		if ((_mm_movemask_epi8(bad) | _mm256_movemask_epi8(bad_data)) != 0 ||
			(uint8_t) _mm_cvtsi128_si32(sum) != line->sum || !head_is(found, line, head))
			break;
		out += line->data_size;
	}
	return done;
}

/* The digits of 16 bytes, 32 of them, at out. */
__attribute__((target("ssse3"))) static inline void
digits_128(uint8_t *out, __m128i bytes)
{
	const __m128i table = _mm_loadu_si128((const __m128i *) (const void *) fota_hex_upper);
	const __m128i low = _mm_set1_epi8(15);
	__m128i		first = _mm_shuffle_epi8(table, _mm_and_si128(_mm_srli_epi16(bytes, 4), low));
	__m128i		second = _mm_shuffle_epi8(table, _mm_and_si128(bytes, low));

	_mm_storeu_si128((__m128i *) (void *) out, _mm_unpacklo_epi8(first, second));
	_mm_storeu_si128((__m128i *) (void *) (out + 16), _mm_unpackhi_epi8(first, second));
}

__attribute__((target("ssse3"))) static uint8_t *
put_128(uint8_t *out, const uint8_t *data, size_t size, unsigned *sum)
{
	for (; size >= 16; size -= 16, data += 16, out += 32)
	{
		__m128i		bytes = _mm_loadu_si128((const __m128i *) (const void *) data);
		__m128i		both = _mm_sad_epu8(bytes, _mm_setzero_si128());

		digits_128(out, bytes);
		*sum += (unsigned) _mm_cvtsi128_si32(_mm_add_epi64(both, _mm_unpackhi_epi64(both, both)));
	}
	for (; size > 0; size--)
		out = fota_hex_put_byte(out, *data++, sum);
	return out;
}

__attribute__((target("ssse3"))) static void
put_run_128(const fota_hex_line *line, uint8_t *out, const uint8_t *data, size_t lines)
{
	uint64_t	head = line->head;

	for (; lines > 0; lines--, head += line->step)
	{
		__m128i		bytes = _mm_cvtsi64_si128((long long) __builtin_bswap64(head << (8 * (8 - line->head_size))));
		__m128i		sum = _mm_sad_epu8(bytes, _mm_setzero_si128());
		unsigned	ignored = 0;

		out[0] = line->mark[0];
		out[1] = line->mark[1];
		out += line->mark_size;
		digits_128(out, bytes);
		out += 2 * line->head_size;
		for (unsigned at = 0; at < line->data_size; at += 16, data += 16, out += 32)
		{
			bytes = _mm_loadu_si128((const __m128i *) (const void *) data);
			sum = _mm_add_epi64(sum, _mm_sad_epu8(bytes, _mm_setzero_si128()));
			digits_128(out, bytes);
		}
		sum = _mm_add_epi64(sum, _mm_unpackhi_epi64(sum, sum));
		out = fota_hex_put_byte(out, (line->sum - (unsigned) _mm_cvtsi128_si32(sum)) & 0xff, &ignored);
		out[0] = line->end_size == 2 ? '\r' : '\n';
		out[1] = '\n';
		out += line->end_size;
	}
}

#elif defined(__aarch64__)
#include <arm_neon.h>

/* --- arm64 -------------------------------------------------------------------------------- */

/* The values of 16 digits; above 15 in *worst where there is none. */
static inline uint8x16_t
values_128(uint8x16_t c, uint8x16_t *worst)
{
	uint8x16_t	digit = vsubq_u8(vqsubq_u8(vaddq_u8(c, vdupq_n_u8(0xc6)), vdupq_n_u8(6)), vdupq_n_u8(0xf0));
	uint8x16_t	letter = vqaddq_u8(vsubq_u8(vandq_u8(c, vdupq_n_u8(0xdf)), vdupq_n_u8('A')), vdupq_n_u8(10));
	uint8x16_t	value = vminq_u8(digit, letter);

	*worst = vmaxq_u8(*worst, value);
	return value;
}

/* The digits of the head in front and those of the checksum at the end of 16, zeros between them. */
static inline uint64_t
head_bytes(const fota_hex_line *line, const uint8_t *head, const uint8_t *checksum, uint8x16_t *worst)
{
	uint8_t		digits[16];
	uint8x16_t	value;

	memset(digits, '0', sizeof(digits));
	memcpy(digits, head, 2 * line->head_size);
	memcpy(digits + 14, checksum, 2);
	value = values_128(vld1q_u8(digits), worst);
	return vgetq_lane_u64(vreinterpretq_u64_u8(vorrq_u8(vshlq_n_u8(vuzp1q_u8(value, value), 4), vuzp2q_u8(value, value))), 0);
}

static size_t
run_128(const fota_hex_line *line, const uint8_t *p, const uint8_t *end, size_t lines, uint8_t *out)
{
	size_t		stride = fota_hex_stride(line);
	size_t		data_at = line->mark_size + 2 * line->head_size;
	size_t		sum_at = data_at + 2 * line->data_size;
	uint64_t	head = line->head;
	size_t		done = 0;

	for (; done < lines && frame_fits(line, p, end, stride); done++, p += stride, head += line->step)
	{
		const uint8_t *digits = p + data_at;
		uint8x16_t	worst = vdupq_n_u8(0);
		uint64_t	found = head_bytes(line, p + line->mark_size, p + sum_at, &worst);
		unsigned	sum = vaddlv_u8(vcreate_u8(found));

		__builtin_prefetch(p + FOTA_HEX_AHEAD);
		for (unsigned at = 0; at < line->data_size; at += 16, digits += 32)
		{
			uint8x16x2_t c = vld2q_u8(digits);
			uint8x16_t	bytes = vorrq_u8(vshlq_n_u8(values_128(c.val[0], &worst), 4), values_128(c.val[1], &worst));

			sum += vaddlvq_u8(bytes);
			vst1q_u8(out + at, bytes);
		}
		if (vmaxvq_u8(worst) > 15 || (uint8_t) sum != line->sum || !head_is(found, line, head))
			break;
		out += line->data_size;
	}
	return done;
}

/* The digits of 16 bytes, 32 of them, at out. */
static inline void
digits_128(uint8_t *out, uint8x16_t bytes)
{
	const uint8x16_t table = vld1q_u8((const uint8_t *) fota_hex_upper);
	uint8x16x2_t digits = {{vqtbl1q_u8(table, vshrq_n_u8(bytes, 4)), vqtbl1q_u8(table, vandq_u8(bytes, vdupq_n_u8(15)))}};

	vst2q_u8(out, digits);
}

static uint8_t *
put_128(uint8_t *out, const uint8_t *data, size_t size, unsigned *sum)
{
	for (; size >= 16; size -= 16, data += 16, out += 32)
	{
		uint8x16_t	bytes = vld1q_u8(data);

		digits_128(out, bytes);
		*sum += vaddlvq_u8(bytes);
	}
	for (; size > 0; size--)
		out = fota_hex_put_byte(out, *data++, sum);
	return out;
}

static void
put_run_128(const fota_hex_line *line, uint8_t *out, const uint8_t *data, size_t lines)
{
	uint64_t	head = line->head;

	for (; lines > 0; lines--, head += line->step)
	{
		uint8x8_t	bytes = vcreate_u8(__builtin_bswap64(head << (8 * (8 - line->head_size))));
		unsigned	sum = vaddlv_u8(bytes);
		unsigned	ignored = 0;

		out[0] = line->mark[0];
		out[1] = line->mark[1];
		out += line->mark_size;
		digits_128(out, vcombine_u8(bytes, bytes));
		out = put_128(out + 2 * line->head_size, data, line->data_size, &sum);
		data += line->data_size;
		out = fota_hex_put_byte(out, (line->sum - sum) & 0xff, &ignored);
		out[0] = line->end_size == 2 ? '\r' : '\n';
		out[1] = '\n';
		out += line->end_size;
	}
}
#endif

/* --- the choice --------------------------------------------------------------------------- */

size_t
fota_hex_run(const fota_hex_line *line, const uint8_t *p, const uint8_t *end, size_t lines, uint8_t *out)
{
	switch (fota_hex_ways())
	{
#if defined(__x86_64__)
		case FOTA_HEX_256:
			return run_256(line, p, end, lines, out);
#endif
#if defined(__x86_64__) || defined(__aarch64__)
		case FOTA_HEX_128:
			return run_128(line, p, end, lines, out);
#endif
		default:
			return 0;
	}
}

size_t
fota_hex_put_run(const fota_hex_line *line, uint8_t *out, const uint8_t *data, size_t lines)
{
#if defined(__x86_64__) || defined(__aarch64__)
	if (fota_hex_ways() != FOTA_HEX_SCALAR && line->data_size % FOTA_HEX_RUN_UNIT == 0)
	{
		put_run_128(line, out, data, lines);
		return lines;
	}
#endif
	(void) line, (void) out, (void) data, (void) lines;
	return 0;
}

uint8_t *
fota_hex_put(uint8_t *out, const uint8_t *data, size_t size, unsigned *sum)
{
#if defined(__x86_64__) || defined(__aarch64__)
	if (fota_hex_ways() != FOTA_HEX_SCALAR)
		return put_128(out, data, size, sum);
#endif
	for (; size > 0; size--)
		out = fota_hex_put_byte(out, *data++, sum);
	return out;
}
