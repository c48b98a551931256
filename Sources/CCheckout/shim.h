#pragma once

// What writing a checkout fast needs of C: SHA-1 by the processor's own instructions, and files that
// share their blocks.

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>

#ifdef __linux__
#include <linux/fs.h>
#endif

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#endif

/// Gives a file, which is empty, the blocks of another one, where the filesystem can share them; -1
/// where it cannot.
static inline int piko_clone_file(int target, int source) {
#ifdef FICLONE
  return ioctl(target, FICLONE, source);
#else
  (void)target, (void)source;
  return -1;
#endif
}

/// A SHA-1 digest (FIPS 180-4) that is being made.
typedef struct {
  uint32_t state[5];
  uint64_t length;
  uint8_t rest[64];
  int uses_instructions;
} piko_sha1;

static inline uint32_t piko_sha1_rotate(uint32_t word, int by) {
  return word << by | word >> (32 - by);
}

static inline void piko_sha1_blocks_plain(uint32_t *state, const uint8_t *data, size_t count) {
  uint32_t words[80];
  for (; count > 0; count--, data += 64) {
    for (int i = 0; i < 16; i++) {
      uint32_t word;
      memcpy(&word, data + i * 4, 4);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
      word = __builtin_bswap32(word);
#endif
      words[i] = word;
    }
    for (int i = 16; i < 80; i++) {
      uint32_t mixed = words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16];
      words[i] = piko_sha1_rotate(mixed, 1);
    }
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
    for (int i = 0; i < 80; i++) {
      uint32_t choice, constant;
      if (i < 20) {
        choice = (b & c) | (~b & d);
        constant = 0x5A827999;
      } else if (i < 40) {
        choice = b ^ c ^ d;
        constant = 0x6ED9EBA1;
      } else if (i < 60) {
        choice = (b & c) | (b & d) | (c & d);
        constant = 0x8F1BBCDC;
      } else {
        choice = b ^ c ^ d;
        constant = 0xCA62C1D6;
      }
      uint32_t next = piko_sha1_rotate(a, 5) + choice + e + constant + words[i];
      e = d;
      d = c;
      c = piko_sha1_rotate(b, 30);
      b = a;
      a = next;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
  }
}

#if defined(__x86_64__)
static inline int piko_sha1_has_instructions(void) {
  unsigned int a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_SSE4_1) || !(c & bit_SSSE3)) return 0;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_SHA);
}

// Four rounds at a time. `words` holds the last sixteen words of the message schedule, four in each.
#define PIKO_SHA1_ROUNDS(group)                                                             \
  do {                                                                                      \
    if (group >= 4) {                                                                       \
      __m128i mixed = _mm_sha1msg1_epu32(words[(group) & 3], words[(group + 1) & 3]);       \
      mixed = _mm_xor_si128(mixed, words[(group + 2) & 3]);                                 \
      words[(group) & 3] = _mm_sha1msg2_epu32(mixed, words[(group + 3) & 3]);               \
    }                                                                                       \
    __m128i fifth = group == 0 ? _mm_add_epi32(last, words[0])                              \
                               : _mm_sha1nexte_epu32(last, words[(group) & 3]);             \
    last = four;                                                                            \
    four = _mm_sha1rnds4_epu32(four, fifth, (group) / 5);                                   \
  } while (0)

__attribute__((target("sha,sse4.1,ssse3"))) static inline void piko_sha1_blocks_instructions(
    uint32_t *state, const uint8_t *data, size_t count) {
  const __m128i swap = _mm_set_epi64x(0x0001020304050607LL, 0x08090a0b0c0d0e0fLL);
  __m128i four = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)state), 0x1B);
  __m128i last = _mm_set_epi32((int)state[4], 0, 0, 0);
  for (; count > 0; count--, data += 64) {
    __m128i words[4];
    const __m128i four_before = four, last_before = last;
    for (int i = 0; i < 4; i++) {
      words[i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(data + i * 16)), swap);
    }
    PIKO_SHA1_ROUNDS(0);
    PIKO_SHA1_ROUNDS(1);
    PIKO_SHA1_ROUNDS(2);
    PIKO_SHA1_ROUNDS(3);
    PIKO_SHA1_ROUNDS(4);
    PIKO_SHA1_ROUNDS(5);
    PIKO_SHA1_ROUNDS(6);
    PIKO_SHA1_ROUNDS(7);
    PIKO_SHA1_ROUNDS(8);
    PIKO_SHA1_ROUNDS(9);
    PIKO_SHA1_ROUNDS(10);
    PIKO_SHA1_ROUNDS(11);
    PIKO_SHA1_ROUNDS(12);
    PIKO_SHA1_ROUNDS(13);
    PIKO_SHA1_ROUNDS(14);
    PIKO_SHA1_ROUNDS(15);
    PIKO_SHA1_ROUNDS(16);
    PIKO_SHA1_ROUNDS(17);
    PIKO_SHA1_ROUNDS(18);
    PIKO_SHA1_ROUNDS(19);
    last = _mm_sha1nexte_epu32(last, last_before);
    four = _mm_add_epi32(four, four_before);
  }
  _mm_storeu_si128((__m128i *)state, _mm_shuffle_epi32(four, 0x1B));
  state[4] = (uint32_t)_mm_extract_epi32(last, 3);
}
#undef PIKO_SHA1_ROUNDS
#else
static inline int piko_sha1_has_instructions(void) { return 0; }
#endif

static inline void piko_sha1_blocks(piko_sha1 *digest, const uint8_t *data, size_t count) {
#if defined(__x86_64__)
  if (digest->uses_instructions) {
    piko_sha1_blocks_instructions(digest->state, data, count);
    return;
  }
#endif
  piko_sha1_blocks_plain(digest->state, data, count);
}

/// Begins a digest; `uses_instructions` is what ``piko_sha1_has_instructions`` gave.
static inline void piko_sha1_begin(piko_sha1 *digest, int uses_instructions) {
  static const uint32_t start[5] = {
      0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
  memcpy(digest->state, start, sizeof start);
  digest->length = 0;
  digest->uses_instructions = uses_instructions;
}

/// Adds bytes.
static inline void piko_sha1_add(piko_sha1 *digest, const void *bytes, size_t count) {
  const uint8_t *data = (const uint8_t *)bytes;
  size_t held = digest->length % 64;
  digest->length += count;
  if (held > 0) {
    size_t part = 64 - held < count ? 64 - held : count;
    memcpy(digest->rest + held, data, part);
    data += part;
    count -= part;
    if (held + part < 64) return;
    piko_sha1_blocks(digest, digest->rest, 1);
  }
  if (count >= 64) piko_sha1_blocks(digest, data, count / 64);
  if (count % 64 > 0) memcpy(digest->rest, data + count / 64 * 64, count % 64);
}

/// Ends a digest and writes its 20 bytes.
static inline void piko_sha1_end(piko_sha1 *digest, uint8_t *out) {
  static const uint8_t padding[64] = {0x80};
  uint64_t bits = digest->length * 8;
  size_t held = digest->length % 64;
  piko_sha1_add(digest, padding, held < 56 ? 56 - held : 120 - held);
  uint8_t length[8];
  for (int i = 0; i < 8; i++) length[i] = (uint8_t)(bits >> (56 - 8 * i));
  piko_sha1_add(digest, length, 8);
  for (int i = 0; i < 20; i++) out[i] = (uint8_t)(digest->state[i / 4] >> (24 - 8 * (i % 4)));
}
