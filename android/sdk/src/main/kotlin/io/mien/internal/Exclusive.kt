package io.mien.internal

import java.io.File
import java.io.RandomAccessFile
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.locks.ReentrantLock
import kotlin.concurrent.withLock

private val WITHIN = ConcurrentHashMap<String, ReentrantLock>()

/** Runs [work] while no other thread or process runs any with the same [lock], a file, which is made and stays. */
internal inline fun <T> exclusively(lock: File, work: () -> T): T =
    // The system's lock is the process's: threads need one of their own.
    lockWithin(lock).withLock {
        RandomAccessFile(lock, "rw").use { file ->
            val held = file.channel.lock()
            try {
                work()
            } finally {
                held.release()
            }
        }
    }

internal fun lockWithin(lock: File): ReentrantLock = WITHIN.computeIfAbsent(lock.canonicalPath) { ReentrantLock() }
