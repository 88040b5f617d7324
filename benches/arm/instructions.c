// A QEMU plugin that counts what an AArch64 program executes: whenever the program reads from standard input, the plugin
// writes a line of totals so far to the file of its argument `out=FILE`: instructions, dot and matrix products, other
// vector products, bytes loaded, bytes stored. Instructions are decoded when QEMU translates a block, so a run only
// adds the block's totals. The declarations below are the used part of qemu-plugin.h, which Debian does not package;
// API_VERSION is 1 for QEMU before 9, and 2 from version 9 on.

#include <inttypes.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORTED __attribute__((visibility("default")))
#define READ 63
#define STANDARD_INPUT 0
#define NO_REGISTERS 0

struct block;
struct instruction;

size_t qemu_plugin_tb_n_insns(const struct block *);
struct instruction *qemu_plugin_tb_get_insn(const struct block *, size_t index);
const void *qemu_plugin_insn_data(const struct instruction *);
void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t plugin, void (*)(uint64_t plugin, struct block *));
void qemu_plugin_register_vcpu_tb_exec_cb(struct block *, void (*)(unsigned processor, void *data), int flags, void *data);
void qemu_plugin_register_vcpu_syscall_cb(uint64_t plugin,
                                          void (*)(uint64_t plugin, unsigned processor, int64_t number, uint64_t,
                                                   uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t));

EXPORTED int qemu_plugin_version = API_VERSION;

struct totals {
    uint64_t instructions, dots, multiplies, loaded, stored;
};

struct pattern {
    uint32_t mask, value;
};

static const struct pattern dots[] = {
    {0x9FE0FC00, 0x0E809400}, // SDOT, UDOT
    {0x9FC0F400, 0x0F80E000}, // SDOT, UDOT by element
    {0xBFE0FC00, 0x0E809C00}, // USDOT
    {0xBF40F400, 0x0F00F000}, // USDOT, SUDOT by element
    {0xDFE0FC00, 0x4E80A400}, // SMMLA, UMMLA
    {0xFFE0FC00, 0x4E80AC00}, // USMMLA
    {0xBFE0FC00, 0x2E40FC00}, // BFDOT
    {0xBFC0F400, 0x0F40F000}, // BFDOT by element
    {0xFFE0FC00, 0x6E40EC00}, // BFMMLA
};

static const struct pattern multiplies[] = {
    {0xBF20FC00, 0x0E20CC00}, // FMLA, FMLS
    {0xBFA0FC00, 0x2E20DC00}, // FMUL
    {0xBF80B400, 0x0F801000}, // FMLA, FMLS by element
    {0xBF80F400, 0x0F809000}, // FMUL by element
    {0xBF60FC00, 0x0E400C00}, // FMLA, FMLS of f16
    {0xBFE0FC00, 0x2E401C00}, // FMUL of f16
    {0xBFC0B400, 0x0F001000}, // FMLA, FMLS of f16 by element
    {0xBFC0F400, 0x0F009000}, // FMUL of f16 by element
    {0xBF60FC00, 0x0E20EC00}, // FMLAL, FMLSL
    {0xBF60FC00, 0x2E20CC00}, // FMLAL2, FMLSL2
    {0xBFC0B400, 0x0F800000}, // FMLAL, FMLSL by element
    {0xBFC0B400, 0x2F808000}, // FMLAL2, FMLSL2 by element
    {0x9F20DC00, 0x0E208000}, // SMLAL, UMLAL, SMLSL, UMLSL
    {0x9F20FC00, 0x0E20C000}, // SMULL, UMULL
    {0x9F00B400, 0x0F002000}, // SMLAL, UMLAL, SMLSL, UMLSL by element
    {0x9F00F400, 0x0F00A000}, // SMULL, UMULL by element
    {0x9F20FC00, 0x0E209400}, // MLA, MLS
    {0xBF20FC00, 0x0E209C00}, // MUL
    {0xBF00B400, 0x2F000000}, // MLA, MLS by element
    {0xBF00F400, 0x0F008000}, // MUL by element
};

#define IS_ONE_OF(code, patterns) is_one_of(code, patterns, sizeof(patterns) / sizeof(*(patterns)))

static int is_one_of(uint32_t code, const struct pattern *patterns, size_t count) {
    for (size_t i = 0; i < count; i++)
        if ((code & patterns[i].mask) == patterns[i].value) return 1;
    return 0;
}

static uint32_t bits(uint32_t code, int high, int low) { return code >> low & ((2u << (high - low)) - 1); }

// LD1 to LD4 and ST1 to ST4 of whole registers.
static uint32_t bytes_of_structures(uint32_t code) {
    static const uint8_t registers[16] = {[0] = 4, [2] = 4, [4] = 3, [6] = 3, [7] = 1, [8] = 2, [10] = 2};
    return registers[bits(code, 15, 12)] * (8u << bits(code, 30, 30));
}

// LD1 to LD4 and ST1 to ST4 of one lane, and LD1R to LD4R.
static uint32_t bytes_of_lanes(uint32_t code) {
    uint32_t kind = bits(code, 15, 14), size = bits(code, 11, 10);
    uint32_t elements = 1 + bits(code, 21, 21) + 2 * bits(code, 13, 13);
    return elements << (kind == 3 ? size : kind == 2 ? 2 + (size & 1) : kind);
}

// LDR and STR of one register in all ways of addressing, and atomic operations, which count as loads.
static uint32_t bytes_of_register(uint32_t code, int *load) {
    uint32_t size = bits(code, 31, 30), operation = bits(code, 23, 22);
    int vector = bits(code, 26, 26), atomic = !bits(code, 24, 24) && bits(code, 21, 21) && !bits(code, 11, 10);
    *load = vector ? operation & 1 : atomic || operation;
    if (vector) return operation & 2 ? 16 : 1u << size;
    int prefetch = size == 3 && operation == 2 && !atomic;
    return prefetch ? 0 : 1u << size;
}

// The bytes that an instruction moves between memory and registers; `load` becomes whether it loads them.
static uint32_t bytes_moved(uint32_t code, int *load) {
    if (!bits(code, 27, 27) || bits(code, 25, 25)) return 0;
    uint32_t size = bits(code, 31, 30);
    int vector = bits(code, 26, 26), high = bits(code, 24, 24);
    *load = bits(code, 22, 22);
    switch (bits(code, 29, 28)) {
    case 0:
        if (vector) return high ? bytes_of_lanes(code) : bytes_of_structures(code);
        return (1u << size) << (bits(code, 21, 21) && !bits(code, 23, 23)); // exclusive, one register or two
    case 1:
        if (high) return *load = bits(code, 23, 22) != 0, bits(code, 21, 21) ? 0 : 1u << size; // LDAPUR, STLUR
        *load = 1;                                                                             // literals
        return vector ? 4u << size : size == 3 ? 0 : size == 1 ? 8 : 4;
    case 2:
        return 2 * (vector ? 4u << size : size == 2 ? 8 : 4);
    default:
        return bytes_of_register(code, load);
    }
}

static struct totals totals;

static void run(unsigned processor, void *data) {
    (void)processor;
    const struct totals *block = data;
    totals.instructions += block->instructions;
    totals.dots += block->dots;
    totals.multiplies += block->multiplies;
    totals.loaded += block->loaded;
    totals.stored += block->stored;
}

static void translate(uint64_t plugin, struct block *block) {
    (void)plugin;
    struct totals *own = calloc(1, sizeof *own); // QEMU may run the block until the end
    own->instructions = qemu_plugin_tb_n_insns(block);
    for (size_t i = 0; i < own->instructions; i++) {
        uint32_t code;
        int load = 0;
        memcpy(&code, qemu_plugin_insn_data(qemu_plugin_tb_get_insn(block, i)), sizeof code);
        own->dots += IS_ONE_OF(code, dots);
        own->multiplies += IS_ONE_OF(code, multiplies);
        uint32_t bytes = bytes_moved(code, &load);
        *(load ? &own->loaded : &own->stored) += bytes;
    }
    qemu_plugin_register_vcpu_tb_exec_cb(block, run, NO_REGISTERS, own);
}

static FILE *out;

static void call(uint64_t plugin, unsigned processor, int64_t number, uint64_t file, uint64_t b, uint64_t c, uint64_t d,
                 uint64_t e, uint64_t f, uint64_t g, uint64_t h) {
    (void)plugin, (void)processor, (void)b, (void)c, (void)d, (void)e, (void)f, (void)g, (void)h;
    if (number != READ || file != STANDARD_INPUT) return;
    fprintf(out, "%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", totals.instructions, totals.dots,
            totals.multiplies, totals.loaded, totals.stored);
    fflush(out);
}

EXPORTED int qemu_plugin_install(uint64_t plugin, const void *about, int count, char **arguments) {
    (void)about;
    if (count != 1 || strncmp(arguments[0], "out=", 4) != 0 || !(out = fopen(arguments[0] + 4, "w"))) {
        fputs("instructions: the argument out=FILE is missing, or the file cannot be written\n", stderr);
        return 1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(plugin, translate);
    qemu_plugin_register_vcpu_syscall_cb(plugin, call);
    return 0;
}
