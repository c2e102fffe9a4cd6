// The limit of the speed comparison: the model of obrok.engine with the same random-number rule, by hand, equal in every
// daily count and every cent. Only what chita-2015 needs; limit.py refuses the rest, and puts the records of
// engine/tables.py and the columns of the host state that are read here before this file.
//
// People (those of the first day, and those who come by rotation) and their candidate days to leave do not hang on the
// policy: they are drawn once a world, in tiles of columns. Days on which no policy differs yet are lived once. A day costs
// what happens on it: quiet people and crews are not looked at. A thread keeps its memory from world to world.
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#ifdef __AVX512F__
#include <immintrin.h>
#endif

// -- elementary functions of libm; the engine has its own (engine/functions.py), the same to the last digit or two
static inline double xlog(double x) { return log(x); }
static inline double xexp(double x) { return exp(x); }
static inline double xlog1p(double x) { return log1p(x); }
static inline double xexpm1(double x) { return expm1(x); }
static inline double xcos(double x) { return cos(x); }
static inline double xpow(double x, double y) { return pow(x, y); }
static inline double xpow_whole(double a, int64_t n) {  // as numba raises to a whole number
    double r = 1.0;
    for (; n; n >>= 1, a *= a)
        if (n & 1) r *= a;
    return r;
}

static inline double max2(double a, double b) { return a > b ? a : b; }
static inline double min2(double a, double b) { return a < b ? a : b; }

// -- luck: Philox4x32-10 (luck.py), one at a time and eight side by side
enum { LEAVE = 1, ROUTE = 2, JOIN = 3, JOIN_CHOICE = 4, TAKEN_BACK = 5, FOUND = 6, APPLY = 7, GRANT = 8, RELEASED = 9 };
enum { HAND_OVER = 10, WAGE = 11, SIDE_JOB = 12, FAMILY = 13, TOLERANCE = 14, PHASE = 15, REFILL = 17 };
#define M0 0xD2511F53u
#define M1 0xCD9E8D57u
#define LANES 8
#define UNIT 0x1p-53
typedef uint64_t V __attribute__((vector_size(8 * LANES), aligned(8), may_alias));
typedef int64_t VI __attribute__((vector_size(8 * LANES), aligned(8), may_alias));
typedef int32_t Eight __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
typedef double VD __attribute__((vector_size(8 * LANES), aligned(8), may_alias));

typedef struct {
    uint32_t k0[10], k1[10], world;
} Key;

static Key key_of(uint32_t seed, uint32_t stream, uint32_t world) {
    Key k = {.world = world};
    for (int r = 0; r < 10; r++) k.k0[r] = seed + r * 0x9E3779B9u, k.k1[r] = stream + r * 0xBB67AE85u;
    return k;
}

static inline uint32_t who(uint32_t term, uint32_t fill, uint32_t purpose) { return term << 22 | fill << 11 | purpose << 5; }

static inline double unit_of(uint32_t high, uint32_t low) {
    return (double)(int64_t)(((uint64_t)high << 21 ^ low >> 11) | 1) * UNIT;
}

static inline void two(const Key *k, uint32_t unit, uint32_t word, uint32_t block, double *u, double *v) {
    uint32_t c0 = k->world, c1 = unit, c2 = word, c3 = block;
    for (int r = 0; r < 10; r++) {
        uint64_t p0 = (uint64_t)c0 * M0, p1 = (uint64_t)c2 * M1;
        c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k->k0[r];
        c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k->k1[r];
        c1 = (uint32_t)p1, c3 = (uint32_t)p0;
    }
    *u = unit_of(c0, c1), *v = unit_of(c2, c3);
}

static inline double uniform(const Key *k, uint32_t unit, uint32_t word, int day) {
    double u, v;
    two(k, unit, word, (uint32_t)day >> 1, &u, &v);
    return day & 1 ? v : u;
}

static inline V times(V a, uint32_t m) {  // of the low halves
#ifdef __AVX512F__
    return (V)_mm512_mul_epu32((__m512i)a, _mm512_set1_epi64(m));
#else
    return (a & 0xFFFFFFFFu) * (uint64_t)m;
#endif
}

static inline VD units_of(V high, V low) {
    V n = ((high & 0xFFFFFFFFu) << 21 ^ (low & 0xFFFFFFFFu) >> 11) | 1;
    return __builtin_convertvector((VI)n, VD) * UNIT;
}

static inline void two8(const Key *k, V unit, V word, V block, VD *u, VD *v) {
    V c0 = unit * 0 + k->world, c1 = unit, c2 = word, c3 = block;
#pragma GCC unroll 10
    for (int r = 0; r < 10; r++) {
        V p0 = times(c0, M0), p1 = times(c2, M1);
        c0 = p1 >> 32 ^ c1 ^ k->k0[r];
        c2 = p0 >> 32 ^ c3 ^ k->k1[r];
        c1 = p1, c3 = p0;  // what lies above 32 bits is never looked at
    }
    *u = units_of(c0, c1), *v = units_of(c2, c3);
}

// -- one world (or city), and what a thread keeps from one to the next
enum { WAITING, AT_POST, NEARBY, REMOTE, DETAINED, HANDED_OVER, SETTLED, RETURNED, STATUSES };
enum { GROSS, TO_STATE, TO_ENTERPRISE, KEPT, SIDE, OUTSIDE, SENT_HOME, FEES_LOST, ACCOUNTS };
enum { FILL_IN_DAYS = 180, HEARD_AGAIN = 90, MAX_FILL = 1 << 11, TILE = 256 };

typedef struct {  // a line of the cache
    double risk, near, far, rate;
    int32_t cents[ACCOUNTS];  // a day
} Person;

typedef struct {
    double w, fall;  // bound; e^-w - 1
    int length;
} Purpose;

typedef struct {  // a day on which someone may leave
    int32_t person, post;
    double height;
} Candidate;

typedef struct {  // such a day of a fill-in
    int32_t day;
    double height;
} FillDay;

typedef struct {
    int32_t day, ordinal;
    double height;
} Seek;

typedef struct {
    int32_t post, crew, status, let_go, heard;
    uint32_t word;
    Seek at[3];  // taken back (or released), found, applies
} Leaver;

typedef struct {
    double handed, let_go;
    int32_t heard_on, left, new_handed, new_let_go;
} Crew;

typedef struct {  // a post: who holds it and since when, its next rotation, dues lost a day while it is empty
    int32_t holder, since, rotation, lost, goes, crew, firm, unused;
} Post;

enum { ARRIVES, MAY_LEAVE, AWAY };
typedef struct {
    int32_t next, kind, id, post;
    double height;
} Due;

typedef struct {  // all that a thread keeps
    int posts, people, days, policies, contract, lag, crews, firms;
    Key key;
    const struct world *w;
    const struct bounds *limit;
    const double *host;
    // laid out
    int32_t *rotation, *crew_first, *firm_of, *firm_crew, *firm_posts;
    Post *first_post;
    // people: base, then fill-ins as they are first needed
    Person *person;
    int32_t *post_of;
    uint32_t *word;  // term and fill-in
    double *bound;
    int32_t *length, *since, *next_fill, *fill_at, *fill_n;
    int room;
    // candidate days to leave, found and by day; of fill-ins
    int32_t *found_day, *found_person;
    double *found_v, *found_height;
    int found, found_room;
    Candidate *may;
    FillDay *fill_may;
    int fill_may_n, fill_may_room, may_room;
    int32_t *may_at, *turns_at, *turn_day, *turn_post;
    int turn_room;
    // a policy: in one block, so that it can be put by and taken up again
    char *block, *kept_block;
    size_t block_size, block_room;
    Post *post;
    int32_t *first_due, *going, *stirred, *left_crew, *left_then, *firm_on, *firm_left;
    uint8_t *going_near;
    Crew *crew;
    double *heightened, *calmed;
    Leaver *leaver, *kept_leaver;
    Due *due, *kept_due;
    int leavers, leaver_room, kept_leavers, kept_leaver_room, dues, due_room, kept_dues, kept_due_room;
    double *memory, *recovery, *heard;
    // of the world, whatever the policy: cents a day at first, hazards of people away
    VI rates;
    Purpose released, taken_back, found_near, found_far, applies;
    double release;
    int posts_room, days_room, firms_room;
} City;

typedef struct {
    int64_t seed, n, policies, days, firms;
    const char *streams, *numbers, *worlds, *firm_first, *limits;
    const char *host;   // float64 (n, columns, days, policies)
    const char *parts;  // int32 (n,): the first day on which policies differ
    int64_t stream_step, number_step, world_step, firm_city_step, firm_step, limit_step, host_step;
    int32_t *counts;    // (policies, n, days, STATUSES)
    int64_t *accounts;  // (policies, n, ACCOUNTS)
    double *spent;      // (threads, 3): processor seconds on people, on candidate days, on days lived; null: not wanted
    int64_t *events;    // (threads, 5): people drawn, fill-ins drawn, candidate days, departures, looks at someone away
} Job;

static inline VI cents(const Person *p) { return __builtin_convertvector(*(const Eight *)p->cents, VI); }

#define MORE(pointer, n) ((pointer) = realloc((pointer), (size_t)(n) * sizeof *(pointer)))

// -- rules (engine/rules.py)
static inline double daily(double usd) { return floor(usd * 12.0 * 100.0 / 365.0 + 0.5); }
static inline double fades(double half_life) { return xpow(2.0, -1.0 / half_life); }
static inline double bound_of(double hazard) { return max2(hazard * (1.0 + 1e-9), 1e-6); }

static inline int length_of(double w) {  // the most days of 16, 32 … 1024 with days·w ≤ 4, by the exponent of w
    int64_t bits;
    memcpy(&bits, &w, sizeof bits);
    int64_t k = 1024 - ((bits - 1) >> 52);
    return 1 << (k < 4 ? 4 : k > 10 ? 10 : k);
}

// Whether -ln(u)/w is surely as much as `days`, for -ln u ≥ 2(1 - u)/(1 + u): most need no logarithm.
static inline int none_within(double u, double w, double days) {
    return 2.0 * (1.0 - u) >= (1.0 + u) * (w * days * (1.0 + 1e-9));
}

static Purpose purpose_of(double hazard) {
    double w = bound_of(hazard);
    return (Purpose){.w = w, .fall = xexpm1(-w), .length = length_of(w)};
}

// -- who is sent (engine/people.py)
// Four columns of four numbers, or eight of eight, become rows of `Person`.
static inline void turn4(const double *const column[4], double *row) {
    typedef double Q __attribute__((vector_size(32), aligned(8), may_alias));
    typedef int64_t I __attribute__((vector_size(32)));
    const Q a = *(const Q *)column[0], b = *(const Q *)column[1], c = *(const Q *)column[2], d = *(const Q *)column[3];
    const Q ab0 = __builtin_shuffle(a, b, (I){0, 4, 2, 6}), ab1 = __builtin_shuffle(a, b, (I){1, 5, 3, 7});
    const Q cd0 = __builtin_shuffle(c, d, (I){0, 4, 2, 6}), cd1 = __builtin_shuffle(c, d, (I){1, 5, 3, 7});
    const int step = sizeof(Person) / sizeof(double);
    *(Q *)(row + 0 * step) = __builtin_shuffle(ab0, cd0, (I){0, 1, 4, 5});
    *(Q *)(row + 1 * step) = __builtin_shuffle(ab1, cd1, (I){0, 1, 4, 5});
    *(Q *)(row + 2 * step) = __builtin_shuffle(ab0, cd0, (I){2, 3, 6, 7});
    *(Q *)(row + 3 * step) = __builtin_shuffle(ab1, cd1, (I){2, 3, 6, 7});
}

static inline void turn8(const int32_t *const column[8], int32_t *row) {
    Eight x[8], y[8];
    for (int k = 0; k < 8; k++) x[k] = *(const Eight *)column[k];
    for (int k = 0; k < 8; k += 2) {
        y[k] = __builtin_shuffle(x[k], x[k + 1], (Eight){0, 8, 2, 10, 4, 12, 6, 14});
        y[k + 1] = __builtin_shuffle(x[k], x[k + 1], (Eight){1, 9, 3, 11, 5, 13, 7, 15});
    }
    for (int k = 0; k < 8; k += 4)
        for (int h = 0; h < 2; h++) {
            x[k + h] = __builtin_shuffle(y[k + h], y[k + h + 2], (Eight){0, 1, 8, 9, 4, 5, 12, 13});
            x[k + h + 2] = __builtin_shuffle(y[k + h], y[k + h + 2], (Eight){2, 3, 10, 11, 6, 7, 14, 15});
        }
    const int step = sizeof(Person) / sizeof(int32_t);
    for (int h = 0; h < 4; h++) {
        *(Eight *)(row + h * step) = __builtin_shuffle(x[h], x[h + 4], (Eight){0, 1, 2, 3, 8, 9, 10, 11});
        *(Eight *)(row + (h + 4) * step) = __builtin_shuffle(x[h], x[h + 4], (Eight){4, 5, 6, 7, 12, 13, 14, 15});
    }
}

// Draws people [from, from + m) whose post and word are written; m ≤ TILE.
static void draw(City *c, int from, int m) {
    const struct world *w = c->w;
    uint64_t unit[TILE], word[TILE];
    double z1[TILE], z2[TILE], side[TILE], held[TILE], tie[TILE], theta[TILE], none[TILE], near[TILE], far[TILE], have[TILE];
    int32_t gross[TILE], fee[TILE], deductions[TILE], kept[TILE], side_cents[TILE], sent[TILE], length[TILE];
    static const int32_t zero[LANES];
    int full = (m + LANES - 1) / LANES * LANES;
    for (int j = 0; j < full; j++) {
        int at = from + (j < m ? j : m - 1);
        unit[j] = c->post_of[at], word[j] = c->word[at];
    }
    for (int j = 0; j < full; j += LANES) {
        V who = *(V *)(word + j), post = *(V *)(unit + j), day = who * 0;
        two8(&c->key, post, who | WAGE << 5, day, (VD *)(z1 + j), (VD *)(z2 + j));
        two8(&c->key, post, who | SIDE_JOB << 5, day, (VD *)(side + j), (VD *)(none + j));
        two8(&c->key, post, who | FAMILY << 5, day, (VD *)(held + j), (VD *)(tie + j));
        two8(&c->key, post, who | TOLERANCE << 5, day, (VD *)(theta + j), (VD *)(none + j));
    }
    const struct bounds *b = c->limit;
    const double wage = b->wage_lo, spread = w->wage_spread, side_share = w->side_share, side_pay = w->side_pay;
    const double held_share = w->held;
    const double share = 1.0 - b->fee_hi - b->deductions_hi, native = w->native, remit = w->remit_share;
    const double out_near = native * w->outside_nearby, out_far = out_near * w->outside_remote;
    const double sd = w->tolerance_spread * sqrt(3.0) / M_PI, fee_share = b->fee_hi, deducted = b->deductions_hi;
    const int32_t side_daily = (int32_t)daily(side_pay);
    for (int j = 0; j < full; j++) theta[j] = theta[j] / (1.0 - theta[j]);
    for (int j = 0; j < full; j++) z1[j] = xlog(z1[j]);
    for (int j = 0; j < full; j++) z2[j] = xcos(2.0 * M_PI * z2[j]);
    for (int j = 0; j < full; j++) theta[j] = xlog(theta[j]);
    for (int j = 0; j < full; j++) {
        double z = sqrt(-2.0 * z1[j]) * z2[j], pay = max2(0.1 * wage, wage * (1.0 + spread * z));
        int has = side[j] < side_share;
        side[j] = has ? 1.0 : 0.0;
        have[j] = max2(0.0, pay * share + (has ? side_pay : 0.0) - 0.0);
        near[j] = (out_near + 100.0) / (have[j] + 100.0), far[j] = (out_far + 100.0) / (have[j] + 100.0);
        tie[j] = held[j] < held_share ? 0.3 + 0.7 * tie[j] : 0.0;
        gross[j] = (int32_t)daily(pay), fee[j] = (int32_t)daily(pay * fee_share);
        int32_t most = gross[j] - fee[j], part = (int32_t)daily(pay * deducted);
        deductions[j] = part < most ? part : most;
        kept[j] = most - deductions[j];
        side_cents[j] = has ? side_daily : 0;
        sent[j] = (int32_t)floor(remit * (kept[j] + side_cents[j]) + 0.5);
    }
    for (int j = 0; j < full; j++) near[j] = xlog(near[j]);
    for (int j = 0; j < full; j++) far[j] = xlog(far[j]);
    const double money = w->weight_money, fair = w->weight_fair, family = w->weight_family;
    const double a_near = w->a_nearby, a_far = w->a_remote;
    for (int j = 0; j < full; j++) {
        double unfair = fair * max2(0.0, 1.0 - have[j] / native), tied = family * tie[j], tolerance = sd * theta[j];
        near[j] = a_near + money * near[j] + unfair - tied - tolerance;
        far[j] = a_far + money * far[j] + unfair - tied - tolerance;
    }
    double *grown = z1, *grown_far = z2, *bound = held;
    for (int j = 0; j < full; j++) grown[j] = xexp(near[j]);
    for (int j = 0; j < full; j++) grown_far[j] = xexp(far[j]);
    const double opportunity = w->opportunity, contacts = w->side_contacts, open = 1.0 - b->watch_lo;
    const double risk = w->weight_risk, harm = w->weight_harm;
    for (int j = 0; j < full; j++) {
        double s = grown[j] + grown_far[j];
        side[j] = opportunity * (side[j] > 0.0 ? contacts : 1.0);
        bound[j] = bound_of(side[j] * open * (s / (1.0 + s)));
        length[j] = length_of(bound[j]);
        tie[j] = risk * (1.0 + harm * tie[j]);
    }
    Person *out = c->person + from;
    for (int j = 0; j < full; j += 4) turn4((const double *[]){tie + j, near + j, far + j, side + j}, &out[j].risk);
    for (int j = 0; j < full; j += LANES) {
        const int32_t *column[] = {gross + j, fee + j, deductions + j, kept + j, side_cents + j, zero, sent + j, zero};
        turn8(column, out[j].cents);
    }
    memcpy(c->bound + from, bound, sizeof *bound * m), memcpy(c->length + from, length, sizeof *length * m);
}

// -- candidate days to leave (engine/candidates.py): of people [from, from + m), every one after `since`
static void keep_candidate(City *c, int day, int person, double v) {
    if (c->found == c->found_room) {
        c->found_room = 2 * c->found_room + 1024;
        MORE(c->found_day, c->found_room), MORE(c->found_person, c->found_room);
        MORE(c->found_v, c->found_room + TILE), MORE(c->found_height, c->found_room + TILE);
    }
    c->found_day[c->found] = day, c->found_person[c->found] = person, c->found_v[c->found++] = v;
}

// One block of days of one person is a search of its own: m of them go on together, ordinal by ordinal.
static void search(City *c, int32_t *person, int32_t *day, int32_t *end, int32_t *block, int m) {
    uint64_t unit[TILE], word[TILE], place[TILE];
    double u[TILE], v[TILE], w[TILE];
    for (uint64_t ordinal = 0; m; ordinal++) {
        int full = (m + LANES - 1) / LANES * LANES, some = 0;
        for (int j = 0; j < full; j++) {
            int at = j < m ? j : m - 1;
            unit[j] = c->post_of[person[at]], word[j] = c->word[person[at]] | LEAVE << 5;
            place[j] = (uint64_t)block[at] << 10 | ordinal;
        }
        for (int j = 0; j < full; j += LANES)
            two8(&c->key, *(V *)(unit + j), *(V *)(word + j), *(V *)(place + j), (VD *)(u + j), (VD *)(v + j));
        for (int j = 0; j < m; j++) {
            double x = c->bound[person[j]];
            int may = !none_within(u[j], x, end[j] - day[j] - 1);
            person[some] = person[j], day[some] = day[j], end[some] = end[j], block[some] = block[j];
            u[some] = u[j], v[some] = v[j], w[some] = x;
            some += may;
        }
        for (int j = 0; j < some; j++) u[j] = xlog(u[j]);
        for (int j = 0; j < some; j++) u[j] = -u[j] / w[j];
        m = 0;
        for (int j = 0; j < some; j++) {
            int32_t left = end[j] - day[j] - 1;
            if (!(u[j] < left)) continue;
            int32_t next = day[j] + 1 + (int32_t)u[j];
            if (next > c->since[person[j]]) keep_candidate(c, next, person[j], v[j]);
            person[m] = person[j], day[m] = next, end[m] = end[j], block[m] = block[j], m++;
        }
    }
}

static void find_candidates(City *c, int from, int to) {
    int32_t person[TILE], day[TILE], end[TILE], block[TILE];
    int m = 0, first = c->found;
    for (int i = from; i < to; i++) {
        int length = c->length[i];
        for (int q = (c->since[i] + 1) / length; q * length < c->days; q++) {
            person[m] = i, block[m] = q, day[m] = q * length - 1;
            end[m] = (q + 1) * length < c->days ? (q + 1) * length : c->days;
            if (++m == TILE) search(c, person, day, end, block, m), m = 0;
        }
    }
    if (m) search(c, person, day, end, block, m);
    double fall[TILE], *height = c->found_height;
    for (int at = first; at < c->found; at += TILE) {
        int n = c->found - at < TILE ? c->found - at : TILE;
        for (int j = 0; j < n; j++) fall[j] = c->bound[c->found_person[at + j]];
        for (int j = 0; j < n; j++) fall[j] = xexpm1(-fall[j]);
        for (int j = 0; j < n; j++) fall[j] = c->found_v[at + j] * fall[j];
        for (int j = 0; j < n; j++) height[at + j] = -xlog1p(fall[j]);
    }
}

// -- room
static void room_for_people(City *c, int n) {
    if (n <= c->room) return;
    c->room = n + n / 2 + TILE;
    c->person = realloc(c->person, sizeof(Person) * c->room);
    MORE(c->bound, c->room), MORE(c->length, c->room), MORE(c->since, c->room), MORE(c->post_of, c->room), MORE(c->word, c->room);
    MORE(c->next_fill, c->room), MORE(c->fill_at, c->room), MORE(c->fill_n, c->room);
}

static void room_for_posts(City *c, int n, int firms, int days, int policies) {
    if (n > c->posts_room) {
        c->posts_room = n;
        MORE(c->first_post, n), MORE(c->rotation, n + LANES), MORE(c->crew_first, n + 1), MORE(c->firm_of, n);
        MORE(c->going, n), MORE(c->going_near, n), MORE(c->stirred, n), MORE(c->calmed, n);
    }
    if (n >= c->turn_room) c->turn_room = n + 1, MORE(c->turn_day, n + 1), MORE(c->turn_post, n + 1);
    if (firms > c->firms_room) {
        c->firms_room = firms;
        MORE(c->firm_crew, firms + 1), MORE(c->firm_posts, firms);
    }
    if (days > c->days_room) {
        c->days_room = days;
        MORE(c->may_at, days + 1), MORE(c->turns_at, days + 1);
        MORE(c->memory, days + 1), MORE(c->recovery, days + 1), MORE(c->heard, days * policies + LANES);
    }
}

static void room_for_a_policy(City *c) {
    int n = c->posts;
    struct {
        void *at;
        size_t size;
    } part[] = {
        {&c->post, sizeof(Post) * n}, {&c->crew, sizeof(Crew) * c->crews}, {&c->heightened, 8 * c->crews},
        {&c->left_crew, 4 * c->crews}, {&c->left_then, 4 * c->crews}, {&c->firm_on, 4 * c->firms},
        {&c->firm_left, 4 * c->firms}, {&c->first_due, 4 * c->days},
    };
    const int parts = sizeof part / sizeof *part;
    c->block_size = 0;
    for (int k = 0; k < parts; k++) c->block_size += part[k].size;
    if (c->block_size > c->block_room) {
        c->block_room = c->block_size;
        MORE(c->block, c->block_room), MORE(c->kept_block, c->block_room);
    }
    char *at = c->block;
    for (int k = 0; k < parts; at += part[k++].size) memcpy(part[k].at, &at, sizeof at);
}

static void free_room(City *c) {
    void *all[] = {
        c->first_post, c->rotation, c->crew_first, c->firm_of, c->firm_crew, c->firm_posts, c->person, c->post_of, c->word,
        c->bound, c->length, c->since, c->next_fill, c->fill_at, c->fill_n, c->found_day, c->found_person, c->found_v,
        c->found_height, c->may, c->fill_may, c->may_at, c->turns_at, c->turn_day, c->turn_post, c->block, c->kept_block,
        c->going, c->going_near, c->stirred, c->calmed, c->leaver, c->kept_leaver, c->due, c->kept_due, c->memory,
        c->recovery, c->heard,
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) free(all[i]);
}

// -- before the first day (engine/posts.py): posts to enterprises and crews, everyone who comes on a day that is known
static void lay_out(City *c, const char *firm_first, int64_t firm_step, int firms) {
    int size = (int)c->w->crew_size, crews = 0;
    for (int e = 0; e < firms; e++) {
        int first = *(const int64_t *)(firm_first + e * firm_step), last = *(const int64_t *)(firm_first + (e + 1) * firm_step);
        c->firm_crew[e] = crews, c->firm_posts[e] = last - first;
        for (int i = first; i < last; i += size, crews++) {
            c->crew_first[crews] = i, c->firm_of[crews] = e;
            Post post = {.since = -1, .goes = -1, .crew = crews, .firm = e};
            for (int k = i; k < last && k < i + size; k++) post.holder = k, c->first_post[k] = post;
        }
    }
    c->firm_crew[firms] = crews, c->crew_first[crews] = c->posts, c->crews = crews, c->firms = firms;
}

static void new_person(City *c, int i, int post, uint32_t word, int since) {
    c->post_of[i] = post, c->word[i] = word, c->since[i] = since, c->next_fill[i] = -1;
}

// Where each day begins once n things are in order of days; putting them there moves each to the next day's, and then back.
static void count_by_day(int32_t *at, const int32_t *day, int n, int days) {
    memset(at, 0, sizeof *at * (days + 1));
    for (int j = 0; j < n; j++) at[day[j]]++;
    for (int t = 0, sum = 0; t <= days; t++) {
        int k = at[t];
        at[t] = sum, sum += k;
    }
}

static void step_back(int32_t *at, int days) {
    memmove(at + 1, at, sizeof *at * days);
    at[0] = 0;
}

static void people_come(City *c) {
    int n = c->posts;
    V lane = {0, 1, 2, 3, 4, 5, 6, 7};
    for (int i = 0; i < n; i += LANES) {
        VD u, v;
        two8(&c->key, lane + i, lane * 0 + who(0, 0, PHASE), lane * 0, &u, &v);
        for (int j = 0; j < LANES; j++) c->rotation[i + j] = 1 + (int32_t)(u[j] * c->contract);
    }
    for (int i = 0; i < n; i++) c->first_post[i].rotation = c->rotation[i];
    // whose contract ends on which day, in order of days
    int turns = 0, *at = c->turns_at, *day = c->turn_day, *post = c->turn_post;
    for (int i = 0; i < n; i++) {
        day[turns] = c->rotation[i], post[turns] = i;
        turns += c->rotation[i] < c->days;
    }
    for (int i = 0; i < turns; i++) {
        if (day[i] + c->contract >= c->days) continue;
        if (turns == c->turn_room) {
            c->turn_room *= 2;
            day = MORE(c->turn_day, c->turn_room), post = MORE(c->turn_post, c->turn_room);
        }
        day[turns] = day[i] + c->contract, post[turns++] = post[i];
    }
    count_by_day(at, day, turns, c->days);
    room_for_people(c, n + turns + TILE);
    for (int i = 0; i < n; i++) new_person(c, i, i, 0, -1);
    for (int i = 0; i < turns; i++)
        new_person(c, n + at[day[i]]++, post[i], who(1 + (day[i] - c->rotation[post[i]]) / c->contract, 0, 0), day[i]);
    step_back(at, c->days);
    c->people = n + turns;
    for (int from = 0; from < c->people; from += TILE)
        draw(c, from, c->people - from < TILE ? c->people - from : TILE);
    c->rates = (VI){};
    for (const Person *p = c->person; p < c->person + n; p++) c->rates += cents(p);
}

static void sort_candidates(City *c) {
    int32_t *at = c->may_at;
    if (c->found > c->may_room) c->may_room = c->found + c->found / 2, MORE(c->may, c->may_room);
    count_by_day(at, c->found_day, c->found, c->days);
    for (int j = 0; j < c->found; j++) {
        int p = c->found_person[j];
        c->may[at[c->found_day[j]]++] = (Candidate){p, c->post_of[p], c->found_height[j]};
    }
    step_back(at, c->days);
}

// The person who fills in for p: drawn, with candidate days, when first needed under any policy.
static int fill_in(City *c, int p) {
    if (c->next_fill[p] >= 0) return c->next_fill[p];
    int i = c->people++;
    room_for_people(c, c->people + TILE);
    c->next_fill[p] = i;
    new_person(c, i, c->post_of[p], c->word[p] + (1u << 11), -1);
    draw(c, i, 1);
    c->found = 0;
    find_candidates(c, i, i + 1);
    if (c->fill_may_n + c->found > c->fill_may_room) {
        c->fill_may_room = 2 * c->fill_may_room + c->found + 1024;
        MORE(c->fill_may, c->fill_may_room);
    }
    c->fill_at[i] = c->fill_may_n, c->fill_n[i] = c->found;
    for (int j = 0; j < c->found; j++) c->fill_may[c->fill_may_n++] = (FillDay){c->found_day[j], c->found_height[j]};
    return i;
}

// -- a policy: all days (engine/days.py)
typedef struct {
    Eight now;  // people by status
    VI rates, total;
    int64_t lost, all_lost, outside;
    double city_handed, city_let_go, mouth, felt, handed0, let_go0;
    int policy, city_on, felt_on, t, y, going, stirred, left;  // y: the day whose evening people saw last
    const double *host;  // (columns, days, policies), of this policy
    int64_t looks;
} Policy;

// A column of the host state on a day.
static inline double on(const City *c, const Policy *s, int column, int day) {
    return s->host[((int64_t)column * c->days + day) * c->policies];
}

// One more person of a status.
static inline Eight more(int status) { return -((Eight){0, 1, 2, 3, 4, 5, 6, 7} == status); }

static void put(City *c, int day, Due d) {
    if (day >= c->days) return;
    if (c->dues == c->due_room) c->due_room = 2 * c->due_room + 1024, MORE(c->due, c->due_room);
    d.next = c->first_due[day];
    c->due[c->dues] = d, c->first_due[day] = c->dues++;
}

static void take_up(City *c, Policy *s, int i, int p) {
    Post *post = c->post + i;
    s->lost -= post->lost;
    post->holder = p, post->since = s->t, post->lost = 0;
    s->now += more(AT_POST), s->rates += cents(c->person + p);
}

// How a holder stands this morning: S, e^x_nearby, and how closely the crew is watched.
typedef struct {
    double s, near, watch;
} Mind;

static Mind mind(const City *c, Policy *s, int i, const Person *p) {
    const struct world *w = c->w;
    int k = c->post[i].crew;
    const Crew *crew = c->crew + k;
    double rest = on(c, s, WATCH, s->y), y = c->heightened[k] * c->recovery[s->y - c->firm_on[c->post[i].firm]];
    double m = rest + (w->watch_max - rest) * y, own = c->memory[s->y - crew->heard_on], city = c->memory[s->y - s->city_on];
    double handed = (1.0 - s->mouth) * crew->handed * own + s->mouth * s->city_handed * city;
    double let_go = (1.0 - s->mouth) * crew->let_go * own + s->mouth * s->city_let_go * city;
    double told = w->session_fear * on(c, s, SESSIONS, s->y) * m;
    handed = s->handed0 + handed, let_go = s->let_go0 + let_go;
    double belief = (handed + told) / (handed + told + let_go);
    if (s->felt_on != s->t) s->felt = xpow(c->heard[s->t * c->policies + s->policy], w->effort_felt), s->felt_on = s->t;
    double fear = p->risk * w->perceived_nearby * s->felt * belief, near = xexp(p->near - fear);
    return (Mind){near + xexp(p->far - fear * w->perceived_remote), near, m};
}

static void goes(City *c, Policy *s, int i, Mind x) {
    c->post[i].goes = s->t;
    c->going_near[s->going] = uniform(&c->key, i, c->word[c->post[i].holder] | ROUTE << 5, s->t) * x.s < x.near;
    c->going[s->going++] = i;
}

static void may_leave(City *c, Policy *s, int i, const Person *p, double height) {
    Mind x = mind(c, s, i, p);
    if (height < p->rate * (1.0 - x.watch) * x.s / (1.0 + x.s)) goes(c, s, i, x);
}

static void contract_ends(City *c, Policy *s, int q) {
    int i = c->post_of[q], p = c->post[i].holder;
    if (p >= 0) s->rates -= cents(c->person + p), s->now += more(RETURNED) - more(AT_POST);
    c->post[i].rotation += c->contract;
    take_up(c, s, i, q);
}

static void arrives(City *c, Policy *s, int i, int before) {
    int p = fill_in(c, before);
    s->now -= more(WAITING);
    take_up(c, s, i, p);
    for (const FillDay *d = c->fill_may + c->fill_at[p], *end = d + c->fill_n[p]; d < end; d++)
        if (d->day > s->t) put(c, d->day, (Due){.kind = MAY_LEAVE, .id = p, .post = i, .height = d->height});
}

static void together(City *c, Policy *s) {  // the day after mates left
    for (int n = 0; n < s->left; n++) {
        int k = c->left_crew[n];
        double offered = 1.0 - xpow_whole(1.0 - c->w->join_chance, c->left_then[n]);
        for (int first = c->crew_first[k], end = c->crew_first[k + 1]; first < end; first += LANES) {
            uint64_t unit[LANES], word[LANES];
            double even[LANES], odd[LANES], *u = s->t & 1 ? odd : even;
            for (int j = 0; j < LANES; j++) {
                int i = first + j < end ? first + j : first, p = c->post[i].holder;
                unit[j] = i, word[j] = c->word[p < 0 ? 0 : p] | JOIN << 5;
            }
            two8(&c->key, *(V *)unit, *(V *)word, (V){} + ((uint64_t)s->t >> 1), (VD *)even, (VD *)odd);
            for (int j = 0; j < LANES && first + j < end; j++) {
                int i = first + j, p = c->post[i].holder;
                if (!(u[j] < offered) || p < 0 || c->post[i].since >= s->t || c->post[i].goes == s->t) continue;
                Mind x = mind(c, s, i, c->person + p);
                if (uniform(&c->key, i, c->word[p] | JOIN_CHOICE << 5, s->t) < (1.0 - x.watch) * x.s / (1.0 + x.s))
                    goes(c, s, i, x);
            }
        }
    }
}

// -- people away (engine/away.py)
// Numbers drawn ahead, eight side by side: `n` ordinals of the first block of a search.
typedef struct {
    const double *u, *v;
    int n;
} Ahead;

static void seek(City *c, const Leaver *g, const Purpose *p, int purpose, Seek *k, int first, Ahead ahead) {
    int block, ordinal, day;
    if (first >= 0)
        block = first / p->length, ordinal = -1, day = block * p->length - 1;
    else
        day = k->day, ordinal = k->ordinal, block = day / p->length, first = day + 1;
    while (block * p->length < c->days) {
        double u, v;
        int after = (block + 1) * p->length, end = after < c->days ? after : c->days;
        if (++ordinal < ahead.n)
            u = ahead.u[ordinal], v = ahead.v[ordinal];
        else
            two(&c->key, g->post, g->word | purpose << 5, (uint32_t)block << 10 | ordinal, &u, &v);
        double gap = none_within(u, p->w, end - day - 1) ? p->length : -xlog(u) / p->w;
        if (gap < p->length) day += 1 + (int)gap;
        if (gap >= p->length || day >= after)
            block++, ordinal = -1, day = block * p->length - 1, ahead.n = 0;
        else if (day >= c->days)
            break;
        else if (day >= first) {
            k->day = day, k->ordinal = ordinal, k->height = -xlog1p(v * p->fall);
            return;
        }
    }
    k->day = INT32_MAX;
}

static const Purpose *found_of(const City *c, const Leaver *g) { return g->status == REMOTE ? &c->found_far : &c->found_near; }

static void seek_on(City *c, Leaver *g, int slot) {
    const Purpose *of[] = {g->status == DETAINED ? &c->released : &c->taken_back, found_of(c, g), &c->applies};
    const int purpose[] = {g->status == DETAINED ? RELEASED : TAKEN_BACK, FOUND, APPLY};
    seek(c, g, of[slot], purpose[slot], g->at + slot, -1, (Ahead){0});
}

static void wait_for(City *c, const Leaver *g) {
    int day = g->at[0].day;
    for (int slot = 1; slot < 3; slot++) day = g->at[slot].day < day ? g->at[slot].day : day;
    put(c, day, (Due){.kind = AWAY, .id = (int)(g - c->leaver)});
}

static inline uint64_t place(const Purpose *p, int first, int ordinal) { return (uint64_t)(first / p->length) << 10 | ordinal; }

// From day `first` on. Returns the number that says whether the post is filled in, which comes along.
static double watch_away(City *c, Leaver *g, int first) {
    double u[LANES], v[LANES];
    V unit = (V){} + (uint64_t)g->post, word = (V){} + (uint64_t)g->word;
    if (g->status == DETAINED) {
        two8(&c->key, unit, word | RELEASED << 5, (V){0, 1, 2, 3, 4, 5, 6, 7} + place(&c->released, first, 0), (VD *)u, (VD *)v);
        seek(c, g, &c->released, RELEASED, g->at, first, (Ahead){u, v, LANES});
        g->at[1].day = g->at[2].day = INT32_MAX;
    } else {
        const Purpose *found = found_of(c, g);
        uint64_t q = place(found, first, 0);
        word |= (V){FOUND, FOUND, FOUND, FOUND, FOUND, TAKEN_BACK, APPLY, REFILL} << 5;
        V block = {q, q + 1, q + 2, q + 3, q + 4, place(&c->taken_back, first, 0), place(&c->applies, first, 0), 0};
        two8(&c->key, unit, word, block, (VD *)u, (VD *)v);
        seek(c, g, &c->taken_back, TAKEN_BACK, g->at, first, (Ahead){u + 5, v + 5, 1});
        seek(c, g, found, FOUND, g->at + 1, first, (Ahead){u, v, 5});
        seek(c, g, &c->applies, APPLY, g->at + 2, first, (Ahead){u + 6, v + 6, 1});
    }
    wait_for(c, g);
    return u[7];
}

static void case_of(City *c, Policy *s, int k, int handed, int let_go) {
    Crew *crew = c->crew + k;
    if (crew->new_handed + crew->new_let_go == 0) c->stirred[s->stirred++] = k;
    crew->new_handed += handed, crew->new_let_go += let_go;
}

static void away_acts(City *c, Policy *s, Leaver *g) {
    const struct world *w = c->w;
    int t = s->t, before = g->status, after = before;
    s->looks++;
    if (before == DETAINED) {
        if (g->at[0].height < c->release)
            after = uniform(&c->key, g->post, g->word | HAND_OVER << 5, t) < on(c, s, HAND_OVERS, t) ? HANDED_OVER : NEARBY;
        if (after == HANDED_OVER) case_of(c, s, g->crew, 1, 0);
        if (after == NEARBY) {
            g->let_go = 1;
            if (g->heard < 0 || t - g->heard >= HEARD_AGAIN) g->heard = t, case_of(c, s, g->crew, 0, 1);
        }
    } else {
        double find = w->find_nearby * on(c, s, EFFORT, t) * (before == REMOTE ? w->find_remote : 1.0);
        if (g->let_go) find *= w->found_again;
        if (g->at[0].day == t && g->at[0].height < w->taken_back)
            after = HANDED_OVER, case_of(c, s, g->crew, 1, 0);
        else if (g->at[1].day == t && g->at[1].height < find)
            after = DETAINED;
        else if (g->at[2].day == t && g->at[2].height < w->apply * on(c, s, HELP, t))
            if (uniform(&c->key, g->post, g->word | GRANT << 5, t) < w->grant) after = SETTLED;
    }
    if (after == before) {
        for (int slot = 0; slot < 3; slot++)
            if (g->at[slot].day == t) seek_on(c, g, slot);
        wait_for(c, g);
        return;
    }
    s->now += more(after) - more(before), g->status = after;
    if (after <= DETAINED) watch_away(c, g, t + 1);
}

static void leaves(City *c, Policy *s, int i, int near) {
    Post *post = c->post + i;
    int p = post->holder, k = post->crew, t = s->t;
    uint32_t word = c->word[p];
    if (c->leavers == c->leaver_room) c->leaver_room = 2 * c->leaver_room + 256, MORE(c->leaver, c->leaver_room);
    Leaver *g = c->leaver + c->leavers++;
    g->post = i, g->crew = k, g->word = word, g->status = near ? NEARBY : REMOTE, g->let_go = 0, g->heard = -1;
    s->now += more(g->status) - more(AT_POST);
    if (c->crew[k].left++ == 0) c->left_crew[s->left++] = k;
    c->firm_left[post->firm]++;
    s->rates -= cents(c->person + p), s->lost += post->lost = c->person[p].cents[TO_STATE];
    post->holder = -1;
    int in_time = t + c->lag + FILL_IN_DAYS <= post->rotation && (word >> 11 & (MAX_FILL - 1)) + 1 < MAX_FILL;
    if (watch_away(c, g, t + 1) < on(c, s, REFILLS, t) && in_time) {
        s->now += more(WAITING);
        put(c, t + c->lag, (Due){.kind = ARRIVES, .id = p, .post = i});
    }
}

// -- crews (engine/crews.py)
static void crews_hear(City *c, Policy *s) {
    double news = on(c, s, NEWS, s->t), news_handed = on(c, s, NEWS_HANDED, s->t);
    int all = news + news_handed > 0.0, n = all ? c->crews : s->stirred, city_handed = 0, city_let_go = 0;
    for (int j = 0; j < n; j++) {
        Crew *crew = c->crew + (all ? j : c->stirred[j]);
        double fade = c->memory[s->t - crew->heard_on];
        crew->handed = crew->handed * fade + (crew->new_handed + news_handed);
        crew->let_go = crew->let_go * fade + (crew->new_let_go + news);
        crew->heard_on = s->t;
        city_handed += crew->new_handed, city_let_go += crew->new_let_go;
        crew->new_handed = crew->new_let_go = 0;
    }
    double fade = c->memory[s->t - s->city_on];
    s->city_handed = s->city_handed * fade + (city_handed + news_handed);
    s->city_let_go = s->city_let_go * fade + (city_let_go + news);
    s->city_on = s->t, s->stirred = 0;
}

static double after_alarm(double faded, double calm) { return min2(1.0 - (1.0 - faded) * calm, 1.0 - 1e-12); }

static void crews_watch(City *c, Policy *s) {
    const struct world *w = c->w;
    for (int n = 0; n < s->left; n++) {  // crews that people left, while the fading of the others is not yet reckoned
        int k = c->left_crew[n], e = c->firm_of[k], size = c->crew_first[k + 1] - c->crew_first[k];
        double alarm = w->crew_alarm * c->crew[k].left / size + w->enterprise_alarm * c->firm_left[e] / c->firm_posts[e];
        double faded = c->heightened[k] * c->recovery[s->t - c->firm_on[e]];
        c->left_then[n] = c->crew[k].left, c->crew[k].left = 0;
        c->calmed[n] = after_alarm(faded, xexp(-alarm));
    }
    for (int e = 0; e < c->firms; e++) {
        if (!c->firm_left[e]) continue;
        double calm = xexp(-(0.0 + w->enterprise_alarm * c->firm_left[e] / c->firm_posts[e]));
        double fade = c->recovery[s->t - c->firm_on[e]];
        for (int k = c->firm_crew[e]; k < c->firm_crew[e + 1]; k++) c->heightened[k] = after_alarm(c->heightened[k] * fade, calm);
        c->firm_on[e] = s->t, c->firm_left[e] = 0;
    }
    for (int n = 0; n < s->left; n++) c->heightened[c->left_crew[n]] = c->calmed[n];
}

static void begin(City *c, Policy *s) {
    const struct world *w = c->w;
    *s = (Policy){.felt_on = -1};
    int n = c->posts;
    memcpy(c->post, c->first_post, sizeof(Post) * n);
    memset(c->crew, 0, sizeof(Crew) * c->crews), memset(c->heightened, 0, sizeof(double) * c->crews);
    for (int e = 0; e < c->firms; e++) c->firm_on[e] = c->firm_left[e] = 0;
    for (int t = 0; t < c->days; t++) c->first_due[t] = -1;
    c->leavers = c->dues = 0;
    s->now[AT_POST] = n;
    s->rates = c->rates;
    s->mouth = c->crews > 1 ? min2(1.0, w->reach / (c->crews - 1)) : 0.0;
    s->handed0 = w->belief_strength * w->belief, s->let_go0 = w->belief_strength * (1.0 - w->belief);
}

// Puts the state of a policy by, and takes it up again.
static void keep(City *c) {
    if (c->leavers > c->kept_leaver_room) c->kept_leaver_room = c->leaver_room, MORE(c->kept_leaver, c->kept_leaver_room);
    if (c->dues > c->kept_due_room) c->kept_due_room = c->due_room, MORE(c->kept_due, c->kept_due_room);
    c->kept_leavers = c->leavers, c->kept_dues = c->dues;
    memcpy(c->kept_block, c->block, c->block_size);
    if (c->leavers) memcpy(c->kept_leaver, c->leaver, sizeof(Leaver) * c->leavers);
    if (c->dues) memcpy(c->kept_due, c->due, sizeof(Due) * c->dues);
}

static void take_back(City *c) {
    c->leavers = c->kept_leavers, c->dues = c->kept_dues;
    memcpy(c->block, c->kept_block, c->block_size);
    if (c->leavers) memcpy(c->leaver, c->kept_leaver, sizeof(Leaver) * c->leavers);
    if (c->dues) memcpy(c->due, c->kept_due, sizeof(Due) * c->dues);
}

// Lives the days [from, until) under a policy.
static void live(City *c, Policy *s, int policy, int from, int until, int32_t *counts) {
    s->policy = policy, s->host = c->host + policy;
    const double out = c->w->native * c->w->outside_nearby;
    const int64_t near = (int64_t)daily(out), far = (int64_t)daily(out * c->w->outside_remote);
    for (int t = from; t < until; t++) {
        s->t = t, s->y = t > 0 ? t - 1 : 0, s->going = 0;
        for (int q = c->turns_at[t]; q < c->turns_at[t + 1]; q++) contract_ends(c, s, c->posts + q);
        for (int d = c->first_due[t]; d >= 0;) {
            Due due = c->due[d];
            d = due.next;
            if (due.kind == AWAY)
                away_acts(c, s, c->leaver + due.id);
            else if (due.kind == ARRIVES)
                arrives(c, s, due.post, due.id);
            else if (c->post[due.post].holder == due.id)
                may_leave(c, s, due.post, c->person + due.id, due.height);
        }
        for (const Candidate *m = c->may + c->may_at[t], *end = c->may + c->may_at[t + 1]; m < end; m++)
            if (c->post[m->post].holder == m->person) may_leave(c, s, m->post, c->person + m->person, m->height);
        if (s->left) together(c, s), s->left = 0;
        for (int n = 0; n < s->going; n++) leaves(c, s, c->going[n], c->going_near[n]);
        if (s->stirred || on(c, s, NEWS, t) + on(c, s, NEWS_HANDED, t) > 0.0) crews_hear(c, s);
        if (s->left) crews_watch(c, s);
        s->outside += s->now[NEARBY] * near + s->now[REMOTE] * far;
        s->total += s->rates, s->all_lost += s->lost;
        *(Eight *)(counts + t * STATUSES) = s->now;
    }
}

// -- worlds, one after another, by as many threads as are asked for
typedef struct {
    const Job *job;
    atomic_long *next;
    double *spent;
    int64_t *events;
} Worker;

static double seconds(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return t.tv_sec + 1e-9 * t.tv_nsec;
}

static double lap(const Worker *me, double since, int part) {
    if (!me->spent) return 0.0;
    double now = seconds(CLOCK_THREAD_CPUTIME_ID);
    if (since > 0.0) me->spent[part] += now - since;
    return now;
}

// Effort as heard of on each morning, under each policy.
static void hear(City *c) {
    int n = c->policies;
    double fade = fades(c->w->effort_heard), *heard = c->heard;
    const double *effort = c->host + (int64_t)EFFORT * c->days * n;
    for (int p = (n - 1) / LANES * LANES; p >= 0; p -= LANES) {  // lanes beyond the last policy are written over
        VD x = *(const VD *)(effort + p);
        for (int t = 0; t < c->days; t++) {
            *(VD *)(heard + t * n + p) = x;
            VD rest = *(const VD *)(effort + t * n + p);
            x = rest + (x - rest) * fade;
        }
    }
}

static void fading(double *out, double half_life, int days) {
    double fade = fades(half_life);
    out[0] = 1.0;
    for (int k = 0; k < days; k++) out[k + 1] = out[k] * fade;
}

static void one_world(City *c, const Worker *me, long i) {
    const Job *j = me->job;
    const char *first = j->firm_first + i * j->firm_city_step;
    const struct world *w = c->w = (const void *)(j->worlds + i * j->world_step);
    const struct bounds *limit = c->limit = (const void *)(j->limits + i * j->limit_step);
    const int64_t *stream = (const void *)(j->streams + i * j->stream_step);
    const int64_t *number = (const void *)(j->numbers + i * j->number_step);
    c->key = key_of(j->seed, *stream, *number);
    c->posts = (int)*(const int64_t *)(first + j->firms * j->firm_step);
    c->host = (const void *)(j->host + i * j->host_step), c->policies = (int)j->policies;
    c->days = (int)j->days, c->contract = (int)w->contract_days, c->lag = (int)w->refill_lag;
    c->release = -xlog1p(-1.0 / w->detention_days);
    c->released = purpose_of(c->release), c->taken_back = purpose_of(w->taken_back);
    c->found_near = purpose_of(w->find_nearby * max2(1.0, w->found_again) * limit->effort_hi);
    c->found_far = purpose_of(w->find_nearby * w->find_remote * limit->effort_hi);
    c->applies = purpose_of(w->apply * limit->help_hi);
    double t0 = lap(me, 0.0, 0);
    room_for_posts(c, c->posts, (int)j->firms, c->days, c->policies);
    lay_out(c, first, j->firm_step, (int)j->firms);
    people_come(c);
    int base = c->people;
    double t1 = lap(me, t0, 0);
    c->found = c->fill_may_n = 0;
    find_candidates(c, 0, c->people);
    sort_candidates(c);
    me->events[2] += c->found;
    fading(c->memory, w->memory, c->days), fading(c->recovery, w->recovery, c->days), hear(c);
    double t2 = lap(me, t1, 1);
    room_for_a_policy(c);
    // up to the day on which policies part they are one
    Policy trunk, s;
    int parts = ((const int32_t *)j->parts)[i];
    int32_t *first_counts = j->counts + i * c->days * STATUSES;
    begin(c, &trunk), live(c, &trunk, 0, 0, parts, first_counts), keep(c);
    for (long p = 0; p < j->policies; p++) {
        long at = p * j->n + i;
        int32_t *counts = j->counts + at * c->days * STATUSES;
        if (p) take_back(c), memcpy(counts, first_counts, sizeof *counts * parts * STATUSES);
        s = trunk, live(c, &s, p, parts, c->days, counts);
        s.total[OUTSIDE] = s.outside, s.total[FEES_LOST] = s.all_lost;
        memcpy(j->accounts + at * ACCOUNTS, &s.total, sizeof s.total);
        me->events[3] += c->leavers, me->events[4] += s.looks;
    }
    lap(me, t2, 2);
    me->events[0] += base, me->events[1] += c->people - base;
}

static void *work(void *of) {
    const Worker *me = of;
    City city = {0};
    for (long i; (i = atomic_fetch_add(me->next, 1)) < me->job->n;) one_world(&city, me, i);
    free_room(&city);
    return 0;
}

// Seconds of wall and of processor time go to `took`.
void limit_run(const Job *job, int threads, double *took) {
    atomic_long next = 0;
    pthread_t thread[threads];
    Worker worker[threads];
    double wall = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
    for (int k = 0; k < threads; k++) {
        worker[k] = (Worker){job, &next, job->spent ? job->spent + 3 * k : 0, job->events + 5 * k};
        if (k && pthread_create(thread + k, 0, work, worker + k)) threads = k;
    }
    work(worker);
    for (int k = 1; k < threads; k++) pthread_join(thread[k], 0);
    took[0] = seconds(CLOCK_MONOTONIC) - wall, took[1] = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
}
