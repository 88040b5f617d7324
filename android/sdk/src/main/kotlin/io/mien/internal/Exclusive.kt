package io.mien.internal

import java.io.File
import java.io.RandomAccessFile
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.locks.ReentrantLock
import kotlin.concurrent.withLock

private val WITHIN = ConcurrentHashMap<String, ReentrantLock>()

/** Runs [work] while no other thread or process runs any with the same [lock], a file that is created and kept. */
internal inline fun <T> exclusively(lock: File, work: () -> T): T =
    // The file lock belongs to the process, so threads need a lock of their own.
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
