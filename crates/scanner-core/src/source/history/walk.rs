//! From tips to roots: which commits hold which candidates where.
