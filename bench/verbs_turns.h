/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keeps proof out of what is timed: threads register at the same time, then prove
 * one after the other, then deregister at the same time. Without proof nobody waits.
 *
 * Each pass calls these in this order, also when it has failed.
 */
#ifndef DAXPIN_VERBS_TURNS_H
#define DAXPIN_VERBS_TURNS_H

/* The pass begins to register, and will prove or not. */
void verbs_turns_begin(int proves);

/* All is registered, or registration has failed. */
void verbs_turns_registered(void);

/* Waits until nobody registers any more and nobody else proves. */
void verbs_turns_prove(void);

/* This one has proven. Only after verbs_turns_prove(). */
void verbs_turns_proven(void);

/* What verbs_turns_begin() was told has been done or given up. Waits until the
 * same is true of all others. */
void verbs_turns_end(int proves);

#endif
