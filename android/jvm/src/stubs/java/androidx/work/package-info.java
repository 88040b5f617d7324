/**
 * The part of WorkManager that android/work calls, for a Java VM: WorkManager itself is published for Android only. Names
 * and types are those of work-runtime 2.10; {@link androidx.work.WorkManager} keeps what was requested for tests.
 */
package androidx.work;
