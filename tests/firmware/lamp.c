/* SPDX-License-Identifier: PostgreSQL */
/*
 * lamp.c: firmware of a dimmable lamp for the ATmega328P, our own, used by the
 * demonstration and the tests as a real vendor's image: code, tables and a
 * second segment (scenes) at a fixed address, built by gcc-avr into Intel HEX.
 *
 * LAMP_VERSION is "1.0.0" or "1.1.0"; the later one adds the night scene and a
 * soft start, as an ordinary maintenance release does.
 */
#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/pgmspace.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifndef LAMP_VERSION
#error "LAMP_VERSION is not set"
#endif

#define CHANNELS 3
#define SCENE_NAME 12

struct scene
{
	char		name[SCENE_NAME];
	uint8_t		level[CHANNELS];
	uint16_t	fade_ms;
};

/* The scenes live at a fixed address, so that a vendor can ship them apart from the code. */
const struct scene scenes[] __attribute__((section(".scenes"), used)) = {
	{"off", {0, 0, 0}, 400},
	{"reading", {255, 240, 210}, 250},
	{"dinner", {140, 90, 30}, 900},
	{"film", {20, 12, 6}, 1500},
	{"alarm", {255, 0, 0}, 0},
#ifdef LAMP_NIGHT
	{"night", {4, 1, 0}, 3000},
#endif
	{"", {0, 0, 0}, 0},
};

const char	version[] PROGMEM __attribute__((used)) = "lamp " LAMP_VERSION;

/* Perceived brightness to duty cycle, 16 bits, generated as the square with a linear foot. */
#define G1(i) (uint16_t) ((i) < 16 ? (i) * 16UL : (uint32_t) (i) * (i))
#define G8(i) G1(i), G1(i + 1), G1(i + 2), G1(i + 3), G1(i + 4), G1(i + 5), G1(i + 6), G1(i + 7)
#define G64(i) G8(i), G8(i + 8), G8(i + 16), G8(i + 24), G8(i + 32), G8(i + 40), G8(i + 48), G8(i + 56)
static const uint16_t duty[256] PROGMEM = {G64(0), G64(64), G64(128), G64(192)};

static volatile uint16_t now_ms;
static uint8_t current[CHANNELS];
static uint8_t target[CHANNELS];
static uint16_t fade_left;
static char line[48];
static uint8_t line_size;

ISR(TIMER0_COMPA_vect)
{
	now_ms++;
}

static void
uart_put(char c)
{
	while (!(UCSR0A & _BV(UDRE0)))
		;
	UDR0 = (uint8_t) c;
}

static void
uart_text(PGM_P text)
{
	char		c;

	while ((c = (char) pgm_read_byte(text++)) != '\0')
		uart_put(c);
}

static void
uart_number(uint16_t n)
{
	char		digits[6];

	utoa(n, digits, 10);
	for (char *p = digits; *p; p++)
		uart_put(*p);
}

static void
channel_set(uint8_t channel, uint8_t level)
{
	uint16_t	d = pgm_read_word(&duty[level]);

	current[channel] = level;
	switch (channel)
	{
		case 0:
			OCR1A = d;
			break;
		case 1:
			OCR1B = d;
			break;
		default:
			OCR2A = (uint8_t) (d >> 8);
			break;
	}
}

static void
scene_start(const struct scene *scene)
{
	for (uint8_t i = 0; i < CHANNELS; i++)
		target[i] = pgm_read_byte(&scene->level[i]);
	fade_left = pgm_read_word(&scene->fade_ms);
	if (fade_left == 0)
		for (uint8_t i = 0; i < CHANNELS; i++)
			channel_set(i, target[i]);
}

static void
fade_step(void)
{
	if (fade_left == 0)
		return;
	for (uint8_t i = 0; i < CHANNELS; i++)
	{
		int16_t		gap = (int16_t) target[i] - current[i];

		if (gap != 0)
			channel_set(i, (uint8_t) (current[i] + (gap * 4L) / (fade_left > 4 ? fade_left : 4)));
	}
	fade_left--;
	if (fade_left == 0)
		for (uint8_t i = 0; i < CHANNELS; i++)
			channel_set(i, target[i]);
}

#ifdef LAMP_NIGHT
/* A cold driver hums when it jumps to full power: the first second after power-up is limited. */
static uint8_t
soft_start(uint8_t level)
{
	uint16_t	limit = now_ms < 1020 ? now_ms / 4 : 255;

	return level > limit ? (uint8_t) limit : level;
}
#else
#define soft_start(level) (level)
#endif

static const struct scene *
scene_find(const char *name)
{
	for (const struct scene *s = scenes; pgm_read_byte(&s->name[0]) != 0; s++)
		if (strcmp_P(name, s->name) == 0)
			return s;
	return NULL;
}

static void
command(void)
{
	if (strcmp_P(line, PSTR("version")) == 0)
		uart_text(version);
	else if (strncmp_P(line, PSTR("scene "), 6) == 0)
	{
		const struct scene *s = scene_find(line + 6);

		if (s == NULL)
			uart_text(PSTR("no such scene"));
		else
		{
			scene_start(s);
			uart_text(PSTR("ok"));
		}
	}
	else if (strncmp_P(line, PSTR("level "), 6) == 0 && line[6] >= '0' && line[6] < '0' + CHANNELS)
	{
		channel_set((uint8_t) (line[6] - '0'), soft_start((uint8_t) atoi(line + 8)));
		uart_text(PSTR("ok"));
	}
	else if (strcmp_P(line, PSTR("status")) == 0)
	{
		for (uint8_t i = 0; i < CHANNELS; i++)
		{
			uart_number(current[i]);
			uart_put(' ');
		}
		uart_text(PSTR("up "));
		uart_number(now_ms / 1000);
	}
	else
		uart_text(PSTR("commands: version, status, scene NAME, level CHANNEL VALUE"));
	uart_text(PSTR("\r\n"));
}

static void
uart_poll(void)
{
	char		c;

	if (!(UCSR0A & _BV(RXC0)))
		return;
	c = (char) UDR0;
	if (c == '\r' || c == '\n')
	{
		line[line_size] = '\0';
		if (line_size > 0)
			command();
		line_size = 0;
	}
	else if (line_size < sizeof(line) - 1)
		line[line_size++] = c;
}

int
main(void)
{
	uint16_t	last = 0;

	UBRR0L = 103;
	UCSR0B = _BV(RXEN0) | _BV(TXEN0);
	TCCR0A = _BV(WGM01);
	TCCR0B = _BV(CS01) | _BV(CS00);
	OCR0A = 249;
	TIMSK0 = _BV(OCIE0A);
	TCCR1A = _BV(COM1A1) | _BV(COM1B1) | _BV(WGM11);
	TCCR1B = _BV(WGM13) | _BV(WGM12) | _BV(CS10);
	ICR1 = 0xFFFF;
	TCCR2A = _BV(COM2A1) | _BV(WGM20);
	TCCR2B = _BV(CS20);
	DDRB |= _BV(1) | _BV(2) | _BV(3);
	sei();
	scene_start(&scenes[1]);
	for (;;)
	{
		uart_poll();
		if (now_ms != last)
		{
			last = now_ms;
			fade_step();
		}
	}
}
