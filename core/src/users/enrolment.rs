//! Enrolment guided by quality.
